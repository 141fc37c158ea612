import {
  json,
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { useActionData, useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { ContactsPage } from '../components/settings/contacts/contacts-page.tsx';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { holds } from '../features/access/permissions.ts';
import {
  changeContactsByForm,
  rightFor,
} from '../features/incidents/escalation/change-contacts-by-form.server.ts';
import { readContactsPage } from '../features/incidents/escalation/read-contacts.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Contacts');

const NO_STORE = { 'Cache-Control': 'no-store' };

export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'page.read');
  const params = new URL(args.request.url).searchParams;
  const now = args.context.services.db.clock.now();
  const view = await readContactsPage(args.context.services, params, now, {
    mayChange: holds(asker, 'contacts.manage'),
    personId: asker.personId,
  });
  return json({ at: now.toISOString(), view, done: params.get('done') }, { headers: NO_STORE });
}

export async function action(args: ActionFunctionArgs) {
  const { services } = args.context;
  const { actor, form } = await authorizeForm(args, 'incidents.respond');
  await authorize(args, rightFor(form.fields));
  const result = await changeContactsByForm(services, {
    fields: form.fields,
    actor,
    now: services.db.clock.now(),
  });
  if (result.outcome === 'done') return redirect(`/contacts?done=${result.done}`, 303);
  return json(result, { status: result.outcome === 'problem' ? result.status : 200, headers: NO_STORE });
}

export default function Contacts() {
  return <ContactsPage {...useLoaderData<typeof loader>()} result={useActionData<typeof action>() ?? null} />;
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="Contacts cannot be read now"
      sentence="The database does not answer, or something failed. What is to be told is told when it is back."
      retry
    />
  );
}
