import {
  json,
  redirect,
  type ActionFunctionArgs,
  type HeadersFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { SignInForm } from '../components/sign-in/sign-in-form.tsx';
import { callerOf, seatAtDemo, signIn, signInToDemo } from '../features/access/sign-in/sign-in.server.ts';
import { cookiesOf } from '../features/access/sign-in/create-auth.server.ts';
import { identify } from '../features/access/identify.server.ts';
import { needsFirstAdmin } from '../features/access/links/make-links.server.ts';
import { receiveForm } from '../lib/http/form-action.server.ts';
import { ownPath } from '../lib/http/same-origin.ts';

export const meta: MetaFunction = () => [{ title: 'Sign in · Outage Center' }];

const NO_ANSWER = {
  sentence: 'The database does not answer.',
  cure: 'Wait a moment: it may be starting.',
};
const NO_STORE = { 'Cache-Control': 'no-store' };

export async function loader(args: LoaderFunctionArgs) {
  const { request, context } = args;
  const { services, access } = context;
  const params = new URL(request.url).searchParams;
  const returnTo = ownPath(params.get('returnTo'), request.url);
  const up = services.db.status().state === 'up';
  if (up && (await identify(request, context)).outcome === 'known') return redirect(returnTo);
  const demo = seatAtDemo(callerOf(args));
  // Whoever has just signed out wants to be out.
  if (up && demo === 'here' && !params.has('out')) {
    const outcome = await signInToDemo(callerOf(args), null, services.db.clock.now());
    if (outcome?.outcome === 'signed_in') return redirect(returnTo, { headers: cookiesOf(outcome.headers) });
  }
  return json(
    {
      returnTo,
      demo,
      databaseAway: up ? null : (services.db.status().trouble ?? NO_ANSWER),
      nobodyYet: up && (await needsFirstAdmin(services)),
      hasOidc: access.hasOidc,
      oidcFailed: params.has('error'),
    },
    { status: up ? 200 : 503, headers: NO_STORE },
  );
}

/** A document has the headers of the action that made it, e.g. Retry-After. */
export const headers: HeadersFunction = ({ actionHeaders, loaderHeaders }) =>
  actionHeaders.has('Cache-Control') ? actionHeaders : loaderHeaders;

export async function action(args: ActionFunctionArgs) {
  const { request, context } = args;
  const form = await receiveForm(request, context.services.config.APP_URL);
  if (form instanceof Response) throw form;
  if (context.services.db.status().state !== 'up')
    return json(
      { problem: 'The database does not answer: nobody can sign in until it does.' },
      { status: 503 },
    );
  const { fields } = form;
  const outcome = await signIn(callerOf(args), {
    email: (fields.get('email') ?? '').slice(0, 254),
    password: (fields.get('password') ?? '').slice(0, 1024),
    now: context.services.db.clock.now(),
  });
  const returnTo = ownPath(fields.get('returnTo'), request.url);
  switch (outcome.outcome) {
    case 'signed_in':
      return redirect(returnTo, { status: 303, headers: cookiesOf(outcome.headers) });
    case 'second_factor': {
      const query = returnTo === '/' ? '' : `?${new URLSearchParams({ returnTo }).toString()}`;
      return redirect(`/sign-in/code${query}`, { status: 303, headers: cookiesOf(outcome.headers) });
    }
    case 'refused':
      return json(
        { problem: 'E-mail address or password is wrong, or this account cannot sign in.' },
        { status: 401, headers: NO_STORE },
      );
    case 'too_many_tries':
      return json(
        { problem: `Too many tries. Wait ${Math.ceil(outcome.retryAfterSeconds / 60)} min, then try again.` },
        { status: 429, headers: { ...NO_STORE, 'Retry-After': String(outcome.retryAfterSeconds) } },
      );
  }
}

export default function SignInPage() {
  const data = useLoaderData<typeof loader>();
  const problem = useActionData<typeof action>()?.problem ?? null;
  return <SignInForm {...data} problem={problem} />;
}
