import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { RecoveryPage } from '../components/recovery/recovery-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { readRecoveryPage } from '../features/recovery/read-recovery-gate.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Recovery');

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const now = args.context.services.db.clock.now();
  const view = await readRecoveryPage(args.context.services, { incidentId: null, now });
  return json({ at: now.toISOString(), ...view! }, { headers: { 'Cache-Control': 'no-store' } });
}

export default function Recovery() {
  return <RecoveryPage {...useLoaderData<typeof loader>()} ofIncident={false} />;
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="The recovery cannot be judged now"
      sentence="The database does not answer, or something failed. Nothing was ticked or switched."
      retry
    />
  );
}
