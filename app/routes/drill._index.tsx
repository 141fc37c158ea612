import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { DrillsPage } from '../components/settings/drill/drills-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { listDrills } from '../features/drill/read-drills.server.ts';
import { currentIncidents } from '../features/incidents/read-incidents.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Practise an outage');

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const { services } = args.context;
  const [drills, current] = await Promise.all([listDrills(services), currentIncidents(services)]);
  const real = current.find(({ recoveredAt }) => recoveredAt === null);
  return json(
    {
      at: services.db.clock.now().toISOString(),
      drills,
      real: real ? { id: real.id, title: real.title } : null,
      done: new URL(args.request.url).searchParams.get('done'),
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function Drills() {
  return <DrillsPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="The drills cannot be read now"
      sentence="The database does not answer, or something failed. A drill that is running goes on when it is back."
      retry
    />
  );
}
