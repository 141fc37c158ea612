import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { MOVE_ALERTS } from '../alerts/alert-rows.server.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { moveNotifications } from '../notify/queue-notifications.server.ts';
import { isWorse } from '../../lib/severity.ts';
import type { IncidentRequest, Refusal } from './change-incident.server.ts';
import { changeIncidentRow, type IncidentRow, isOpen, lockIncident } from './incident-row.server.ts';
import { commonLulls } from './outage-clock.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { recordTimeline } from './record-timeline.server.ts';
import { tellIncident } from './tell-incident.server.ts';

export type MergeOutcome = { outcome: 'merged'; into: number } | { outcome: 'same_incident' } | Refusal;

/**
 * Makes an incident part of another open one: its alerts, its timeline and its messages follow, whoever was told of a step
 * is not told of it again, and its own thread of messages ends. Alerts of its cause join the other from now on.
 */
export async function merge(
  services: Services,
  request: IncidentRequest & { into: number },
): Promise<MergeOutcome> {
  if (request.incidentId === request.into) return { outcome: 'same_incident' };
  const outcome = await inTransaction(services.db.pool, (client) => mergeLocked(services, client, request));
  services.changes.announce('alarm');
  services.changes.announce('work');
  return outcome;
}

async function mergeLocked(
  services: Services,
  client: pg.PoolClient,
  request: IncidentRequest & { into: number },
): Promise<MergeOutcome> {
  const { incidentId, into, actor, now, version } = request;
  const rows = new Map<number, IncidentRow | null>();
  // Always in the same order, so that two merges never wait for each other.
  for (const id of [incidentId, into].sort((a, b) => a - b)) rows.set(id, await lockIncident(client, id));
  const [from, target] = [rows.get(incidentId), rows.get(into)];
  if (!from || !target) return { outcome: 'not_found' };
  const closed = [from, target].find((incident) => !isOpen(incident));
  if (closed) return { outcome: 'wrong_state', status: closed.status };
  if (version != null && version !== from.version) return { outcome: 'changed_meanwhile' };

  const merged = await changeIncidentRow(client, from, {
    status: 'merged',
    mergedInto: into,
    flappingToldAt: null,
    nextStepAt: null,
  });
  await tellIncident(client, { config: services.config, now }, merged, {
    kind: 'resolved',
    sentence: `${actor.name} merged it into incident ${into} (${target.title}), where it goes on.`,
  });
  await follow(client, incidentId, into);
  await changeIncidentRow(client, target, {
    severity: isWorse(from.severity, target.severity) ? from.severity : target.severity,
    startedAt: from.startedAt < target.startedAt ? from.startedAt : target.startedAt,
    recoveredAt: from.recoveredAt && target.recoveredAt ? latest(from.recoveredAt, target.recoveredAt) : null,
    lulls: commonLulls(from, target),
    nextStepAt: now,
  });
  await recordTimeline(client, {
    incidentId: into,
    at: now,
    source: 'person',
    kind: 'merged',
    text: `Incident ${incidentId} (${from.title}) was merged into this one.`,
    actor: actor.name,
  });
  await recordFact(client, {
    type: 'support.incident.merged',
    value: { incident: incidentId, into },
    metadata: { actor: actor.name },
    now,
  });
  await recordAudit(client, {
    actor,
    action: 'incidents.merged',
    target: `incident ${incidentId}`,
    before: { status: from.status },
    after: { status: 'merged', into },
    at: now,
  });
  return { outcome: 'merged', into };
}

const latest = (a: Date, b: Date) => (a > b ? a : b);

/** Brings over what belongs to an incident; a step that both ladders took stays with the one it is merged into. */
async function follow(client: pg.PoolClient, from: number, into: number): Promise<void> {
  const both = [from, into];
  await client.query(
    `INSERT INTO incident_alerts (incident_id, rule, severity, fired_at, cleared_at, words, numbers)
     SELECT $2, rule, severity, fired_at, cleared_at, words, numbers FROM incident_alerts WHERE incident_id = $1
     ON CONFLICT (incident_id, rule, fired_at) DO NOTHING`,
    both,
  );
  await client.query('DELETE FROM incident_alerts WHERE incident_id = $1', [from]);
  await client.query(MOVE_ALERTS, both);
  await client.query('UPDATE incident_timeline SET incident_id = $2 WHERE incident_id = $1', both);
  await moveNotifications(client, { from, into });
  await client.query(
    `INSERT INTO escalations (incident_id, step_id, due_at, at, outcome, contacts)
     SELECT $2, step_id, due_at, at, outcome, contacts FROM escalations WHERE incident_id = $1
     ON CONFLICT (incident_id, step_id) DO NOTHING`,
    both,
  );
  await client.query('UPDATE incidents SET merged_into = $2 WHERE merged_into = $1', both);
}
