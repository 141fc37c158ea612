import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { EntryTrouble } from '../components/layout/trouble-page.tsx';
import { RecoveryPage } from '../components/recovery/recovery-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { readRecoveryPage } from '../features/recovery/read-recovery-gate.server.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';

export const meta: MetaFunction = (args) => pageMeta(args, `Recovery from incident ${args.params.id ?? ''}`);

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const now = args.context.services.db.clock.now();
  const incidentId = parseRowNumber(args.params.id);
  const view =
    incidentId === null ? null : await readRecoveryPage(args.context.services, { incidentId, now });
  if (!view) throw new Response(null, { status: 404, statusText: 'Not Found' });
  return json({ at: now.toISOString(), ...view }, { headers: { 'Cache-Control': 'no-store' } });
}

export default function RecoveryOfIncident() {
  return <RecoveryPage {...useLoaderData<typeof loader>()} ofIncident />;
}

export function ErrorBoundary() {
  return (
    <EntryTrouble
      noun="incident"
      title="The recovery cannot be judged now"
      effect="Nothing was ticked or switched."
    />
  );
}
