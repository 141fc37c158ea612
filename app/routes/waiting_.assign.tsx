import { json, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { AssignPage } from '../components/waiting/assign-page.tsx';
import { holds } from '../features/access/permissions.ts';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { planAssignment } from '../features/waiting/assign/plan-assignment.server.ts';
import { exactId } from '../lib/chatwoot/chatwoot-values.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Assign conversations');

/** The plan belongs to a choice that a form makes: by itself the address has nothing to show. */
export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'backlog.assign');
  return json(null);
}

/**
 * Dry run, changes nothing: who would get which conversation. `one` (a key), else `scope` `selected` (`key` several times)
 * or `unassigned`; `agent` gives all of them to one person, else they are shared fairly among those online.
 */
export async function action(args: ActionFunctionArgs) {
  const { actor: asker, form } = await authorizeForm(args, 'backlog.assign');
  const { services } = args.context;
  const { fields } = form;
  const one = fields.get('one');
  const keys = one ? [one] : fields.get('scope') === 'unassigned' ? null : fields.getAll('key');
  const agentId = exactId(fields.get('agent'));
  const now = services.db.clock.now();
  const outcome = await planAssignment(services, {
    keys,
    agentId,
    withNames: holds(asker, 'texts.read'),
  });
  return json({ at: now.toISOString(), outcome, keys }, { headers: { 'Cache-Control': 'no-store' } });
}

export default function Assign() {
  return <AssignPage data={useActionData<typeof action>() ?? null} />;
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="The plan cannot be made now"
      sentence="The database does not answer, or something failed. Nobody was given anything."
      retry
    />
  );
}
