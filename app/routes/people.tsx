import {
  json,
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { PeoplePage } from '../components/settings/people/people-page.tsx';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { changePeopleByForm, listPeople } from '../features/access/people/people-page.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'People');

const NO_STORE = { 'Cache-Control': 'no-store' };

export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'people.manage');
  const now = args.context.services.db.clock.now();
  const listing = await listPeople(args.context.services, now);
  const done = new URL(args.request.url).searchParams.get('done');
  return json({ at: now.toISOString(), ...listing, ownId: asker.personId, done }, { headers: NO_STORE });
}

export async function action(args: ActionFunctionArgs) {
  const { context } = args;
  const { actor, form } = await authorizeForm(args, 'people.manage');
  const result = await changePeopleByForm(context, {
    fields: form.fields,
    actor,
    now: context.services.db.clock.now(),
  });
  if (result.outcome === 'done') return redirect(`/people?done=${result.done}`, 303);
  const status = result.outcome === 'link' ? 200 : result.status;
  return json(result, { status, headers: NO_STORE });
}

export default function People() {
  return <PeoplePage {...useLoaderData<typeof loader>()} result={useActionData<typeof action>() ?? null} />;
}
