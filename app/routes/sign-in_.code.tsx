import {
  json,
  redirect,
  type ActionFunctionArgs,
  type HeadersFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { AccessPage } from '../components/sign-in/sign-in-form.tsx';
import { TextField } from '../components/forms/form-fields.tsx';
import { SubmitButton } from '../components/forms/post-form.tsx';
import { callerOf } from '../features/access/sign-in/sign-in.server.ts';
import { cookiesOf } from '../features/access/sign-in/create-auth.server.ts';
import { enterCode } from '../features/access/sign-in/enter-code.server.ts';
import { receiveForm } from '../lib/http/form-action.server.ts';
import { ownPath } from '../lib/http/same-origin.ts';

export const meta: MetaFunction = () => [{ title: 'Second factor · Outage Center' }];

const NO_STORE = { 'Cache-Control': 'no-store' };

export function loader({ request }: LoaderFunctionArgs) {
  const returnTo = ownPath(new URL(request.url).searchParams.get('returnTo'), request.url);
  return json({ returnTo }, { headers: NO_STORE });
}

/** A document has the headers of the action that made it, e.g. Retry-After. */
export const headers: HeadersFunction = ({ actionHeaders, loaderHeaders }) =>
  actionHeaders.has('Cache-Control') ? actionHeaders : loaderHeaders;

export async function action(args: ActionFunctionArgs) {
  const { request, context } = args;
  const form = await receiveForm(request, context.services.config.APP_URL);
  if (form instanceof Response) throw form;
  const code = (form.fields.get('code') ?? '').slice(0, 64);
  const outcome = await enterCode(callerOf(args), { code, now: context.services.db.clock.now() });
  switch (outcome.outcome) {
    case 'signed_in':
    case 'second_factor':
      return redirect(ownPath(form.fields.get('returnTo'), request.url), {
        status: 303,
        headers: cookiesOf(outcome.headers),
      });
    case 'refused':
      return json(
        { problem: 'That code is not right, or the sign-in took too long: sign in again.' },
        { status: 401, headers: NO_STORE },
      );
    case 'too_many_tries':
      return json(
        {
          problem: `Too many tries. Wait ${Math.ceil(outcome.retryAfterSeconds / 60)} min, then sign in again.`,
        },
        { status: 429, headers: { ...NO_STORE, 'Retry-After': String(outcome.retryAfterSeconds) } },
      );
  }
}

export default function CodePage() {
  const { returnTo } = useLoaderData<typeof loader>();
  const problem = useActionData<typeof action>()?.problem ?? null;
  return (
    <AccessPage title="Second factor" problem={problem}>
      <Form
        method="post"
        action={`/sign-in/code${returnTo === '/' ? '' : `?${new URLSearchParams({ returnTo }).toString()}`}`}
        className="oc-form"
      >
        <input type="hidden" name="returnTo" value={returnTo} />
        <TextField
          label="Code"
          hint="Six digits from your authenticator app, or one of your backup codes."
          name="code"
          autoComplete="one-time-code"
          maxLength={64}
          required
        />
        <SubmitButton look="primary" size="large">
          Sign in
        </SubmitButton>
      </Form>
      <p>
        <a className="oc-link" href="/sign-in">
          Start again
        </a>
      </p>
    </AccessPage>
  );
}
