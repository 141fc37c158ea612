import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { EntryTrouble } from '../components/layout/trouble-page.tsx';
import { DrillPage } from '../components/settings/drill/drill-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { listDrills, readDrill } from '../features/drill/read-drills.server.ts';
import { currentIncidents } from '../features/incidents/read-incidents.server.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';

export const meta: MetaFunction = (args) =>
  pageMeta(args, `Drill ${args.params.id ?? ''} · Practise an outage`);

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const { params, context } = args;
  const { services } = context;
  const id = parseRowNumber(params.id) ?? 0;
  const [drill, others, current] = await Promise.all([
    readDrill(services, id),
    listDrills(services),
    currentIncidents(services),
  ]);
  if (!drill) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const real = current.find(({ recoveredAt }) => recoveredAt === null);
  return json(
    {
      at: services.db.clock.now().toISOString(),
      drill,
      others,
      real: real ? { id: real.id, title: real.title } : null,
      done: new URL(args.request.url).searchParams.get('done'),
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function Drill() {
  return <DrillPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  return (
    <EntryTrouble
      noun="drill"
      kept="Drills are never deleted."
      title="This drill cannot be read now"
      effect="A drill that is running goes on when it is back."
    />
  );
}
