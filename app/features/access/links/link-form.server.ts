import { type ActionFunctionArgs, json, type LoaderFunctionArgs, redirect } from '@remix-run/node';
import { receiveForm } from '../../../lib/http/form-action.server.ts';
import { passwordProblem } from '../account/change-account.server.ts';
import { parseEmail, parseName } from '../people/person-input.ts';
import { cookiesOf } from '../sign-in/create-auth.server.ts';
import { type Caller, callerOf, signIn, type SignInOutcome } from '../sign-in/sign-in.server.ts';
import { acceptLink } from './accept-link.server.ts';
import { type LinkKind, readLink } from './links.server.ts';

const NO_STORE = { 'Cache-Control': 'no-store' };

/** Loader of a page that a one-time link opens. Looking does not use the link up: mail programs look at links too. */
export async function loadLinkPage(args: LoaderFunctionArgs, kinds: readonly LinkKind[]) {
  if (args.context.services.db.status().state !== 'up')
    throw new Response(null, { status: 503, statusText: 'Database away' });
  const { db } = args.context.services;
  const link = await readLink(db.pool, args.params.token ?? '', kinds, db.clock.now());
  const shown = link && { kind: link.kind, email: link.email, role: link.role };
  return json({ link: shown }, { status: link ? 200 : 404, headers: NO_STORE });
}

/** Action of that page: does what the link is for, and goes on signed in. */
export async function actOnLinkPage(args: ActionFunctionArgs, kinds: readonly LinkKind[]) {
  const { request, context, params } = args;
  const form = await receiveForm(request, context.services.config.APP_URL);
  if (form instanceof Response) throw form;
  const { fields } = form;
  const outcome = await acceptLinkForm(callerOf(args), {
    token: params.token ?? '',
    kinds,
    fields,
    now: context.services.db.clock.now(),
  });
  switch (outcome.outcome) {
    case 'signed_in':
      return redirect('/', { status: 303, headers: cookiesOf(outcome.headers) });
    case 'second_factor':
      return redirect('/sign-in/code', { status: 303, headers: cookiesOf(outcome.headers) });
    case 'refused':
    case 'too_many_tries':
      // The account is made; only the sign-in that follows did not work.
      return redirect('/sign-in', 303);
    case 'link_void':
      return json(
        { problem: 'The link was used a moment ago, or has just expired.' },
        { status: 410, headers: NO_STORE },
      );
    case 'problem':
      return json({ problem: outcome.problem }, { status: 400, headers: NO_STORE });
  }
}

export type LinkFormOutcome =
  | SignInOutcome
  | { outcome: 'link_void' }
  /** Something to put right, in a sentence. */
  | { outcome: 'problem'; problem: string };

/** Takes the form of a one-time link: makes the person or sets the password, and signs in. */
async function acceptLinkForm(
  caller: Caller,
  {
    token,
    kinds,
    fields,
    now,
  }: { token: string; kinds: readonly LinkKind[]; fields: URLSearchParams; now: Date },
): Promise<LinkFormOutcome> {
  const link = await readLink(caller.services.db.pool, token, kinds, now);
  if (!link) return { outcome: 'link_void' };
  const name = parseName(fields.get('name'));
  const email = link.email ?? parseEmail(fields.get('email'));
  const password = fields.get('password') ?? '';
  if (!name && link.kind !== 'reset') return { outcome: 'problem', problem: 'Say what you are called.' };
  if (!email) return { outcome: 'problem', problem: 'This is not an e-mail address.' };
  const weak = passwordProblem(password, [email, name]);
  if (weak) return { outcome: 'problem', problem: weak };
  if (password !== fields.get('again'))
    return { outcome: 'problem', problem: 'The two passwords are not the same.' };
  const accepted = await acceptLink(caller, {
    token,
    kinds,
    name: name ?? '',
    email,
    password,
    from: caller.address,
    now,
  });
  switch (accepted.outcome) {
    case 'accepted':
      return signIn(caller, { email: accepted.email, password, now });
    case 'link_void':
      return accepted;
    case 'email_taken':
      return {
        outcome: 'problem',
        problem: 'Somebody with this e-mail address is here already: sign in instead.',
      };
  }
}
