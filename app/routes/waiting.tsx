import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { WAITING_RANGES, waitingListOf, type WaitingRange } from '../features/waiting/waiting-view.ts';
import { WaitingPage } from '../components/waiting/waiting-page.tsx';
import { holds } from '../features/access/permissions.ts';
import { authorize } from '../features/access/authorize.server.ts';
import { readAssignments } from '../features/waiting/assign/read-assignments.server.ts';
import { readWaitingFigures } from '../features/waiting/read-waiting-figures.server.ts';
import { readMachines, readWaiting } from '../features/waiting/read-waiting.server.ts';
import { readWaitingSamples } from '../features/waiting/waiting-samples.server.ts';
import { readWithheld } from '../features/arrival/comparison/read-withheld.server.ts';
import { readLateRuns } from '../features/incidents/read-timeline.server.ts';
import { readReconciliation } from '../features/arrival/comparison/read-reconciliation.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Customers waiting');

export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'page.read');
  const { services } = args.context;
  const { searchParams: params } = new URL(args.request.url);
  const now = services.db.clock.now();
  const wish = waitingListOf(params);
  const range = Object.hasOwn(WAITING_RANGES, params.get('range') ?? '')
    ? (params.get('range') as WaitingRange)
    : '1h';
  const withNames = holds(asker, 'texts.read');
  const [figures, list, machines, samples, runs, reconciliation, late, withheld] = await Promise.all([
    readWaitingFigures(services, now),
    readWaiting(services, { ...wish, withNames, now }),
    readMachines(services),
    readWaitingSamples(services, { hours: WAITING_RANGES[range].hours, now }),
    readAssignments(services),
    readReconciliation(services, { now }),
    readLateRuns(services.db.pool, { from: new Date(now.getTime() - 7 * 86_400_000), to: now, most: 500 }),
    readWithheld(services, { withNames }),
  ]);
  const may = {
    assign: holds(asker, 'backlog.assign'),
    reconcile: holds(asker, 'reconcile.run'),
    leave: holds(asker, 'dead_letters.discard'),
    names: withNames,
  };
  return json(
    {
      at: now.toISOString(),
      figures,
      list,
      machines,
      wish,
      range,
      samples,
      runs,
      reconciliation,
      late,
      withheld,
      may,
      done: params.get('done'),
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function Waiting() {
  return <WaitingPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="The list of customers who wait cannot be read now"
      sentence="The database does not answer, or something failed. Webhooks are taken all the same; the list is brought up to date when it is back."
      retry
    />
  );
}
