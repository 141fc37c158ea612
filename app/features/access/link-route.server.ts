import { json, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { receiveForm } from '../../lib/form-action.server.ts';
import { acceptLinkForm, openLink } from './accept-link-form.server.ts';
import { callerOf } from './caller.server.ts';
import { cookiesOf } from './call-headers.server.ts';
import type { LinkKind } from './links.server.ts';

const NO_STORE = { 'Cache-Control': 'no-store' };

/** Loader of a page that a one-time link opens. Looking does not use the link up: mail programs look at links too. */
export async function loadLinkPage(args: LoaderFunctionArgs, kinds: readonly LinkKind[]) {
  if (args.context.services.db.status().state !== 'up')
    throw new Response(null, { status: 503, statusText: 'Database away' });
  const link = await openLink(
    callerOf(args),
    args.params.token ?? '',
    kinds,
    args.context.services.db.clock.now(),
  );
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
