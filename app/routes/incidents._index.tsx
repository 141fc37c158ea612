import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { IncidentsPage } from '../components/incidents/incidents-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import {
  currentIncidents,
  listPastIncidents,
  parsePastFilter,
} from '../features/incidents/read-incidents.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Incidents');

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const { services } = args.context;
  const filter = parsePastFilter(new URL(args.request.url).searchParams);
  const [current, past] = await Promise.all([
    currentIncidents(services),
    listPastIncidents(services, filter),
  ]);
  return json(
    { at: services.db.clock.now().toISOString(), current, ...past },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function Incidents() {
  return <IncidentsPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="The incidents cannot be read now"
      sentence="The database does not answer, or something failed. Escalation goes on by itself when it is back."
      retry
    />
  );
}
