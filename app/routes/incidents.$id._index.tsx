import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { EntryTrouble } from '../components/layout/trouble-page.tsx';
import { IncidentPage, parseIncidentTab } from '../components/incidents/incident-page.tsx';
import { parseTimelineWish } from '../components/incidents/timeline-filter.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { readReconciliation } from '../features/arrival/comparison/read-reconciliation.server.ts';
import { readRecoveryGate } from '../features/recovery/read-recovery-gate.server.ts';
import { currentIncidents } from '../features/incidents/read-incidents.server.ts';
import { readLateRuns } from '../features/incidents/read-timeline.server.ts';
import { readIncident } from '../features/incidents/read-incident.server.ts';
import { readTold } from '../features/status/read-notices.server.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';

export const meta: MetaFunction<typeof loader> = (args) =>
  pageMeta(args, `${args.data ? args.data.incident.title : 'Incident'} · Incident ${args.params.id ?? ''}`);

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const { params, context, request } = args;
  const { searchParams } = new URL(request.url);
  const now = context.services.db.clock.now();
  const id = parseRowNumber(params.id);
  const [incident, current, gate, missing, told] = await Promise.all([
    id === null ? null : readIncident(context.services, id, now),
    currentIncidents(context.services),
    id === null ? null : readRecoveryGate(context.services, id, now),
    readReconciliation(context.services, { incidentId: id ?? undefined, now }),
    id === null ? null : readTold(context.services.db.pool, id),
  ]);
  const late =
    incident &&
    (await readLateRuns(context.services.db.pool, {
      from: new Date(missing.from ?? incident.startedAt),
      to: missing.to === null ? now : new Date(missing.to),
      most: 500,
    }));
  if (!incident) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const others = current.filter((other) => other.id !== incident.id).map(({ id, title }) => ({ id, title }));
  const recovery = gate && { passed: gate.passed, open: gate.open };
  return json(
    {
      at: now.toISOString(),
      ...{ incident, others, recovery, missing, told, late: late ?? [] },
      tab: parseIncidentTab(searchParams.get('tab')),
      wish: parseTimelineWish(searchParams),
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function Incident() {
  return <IncidentPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  return (
    <EntryTrouble
      noun="incident"
      kept="Incidents are never deleted: resolved and merged ones keep their number."
      title="This incident cannot be read now"
      effect="Nothing about the incident has changed."
    />
  );
}
