import type pg from 'pg';
import type { Config } from '../../lib/settings/config.ts';
import { isWorse, type Severity } from '../../lib/severity.ts';
import {
  changeIncidentRow,
  type IncidentRow,
  isOpen,
  lockIncident,
  lockOpenIncidentOf,
  type OpenDrill,
} from './incident-row.server.ts';
import { insertIncident } from './open-incident.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { recordTimeline } from './record-timeline.server.ts';
import { clockWords, durationText } from '../../lib/time-words.ts';
import {
  afterLull,
  isFlapping,
  lastPartMs,
  outageMs,
  partSentence,
  partText,
  STEADY_TEXT,
  STILL_TEXT,
} from './outage-clock.ts';
import { tellIncident } from './tell-incident.server.ts';

/** An alert that fired or cleared. */
export interface AlertChange {
  change: 'fired' | 'cleared';
  rule: string;
  cause: string;
  severity: Severity;
  /** Of the incident that it opens. */
  title: string;
  /** The numbers and the rule. */
  words: string;
  numbers: Record<string, unknown>;
  value: number | null;
  /** The first failed check: where escalation counts from. */
  firstBadAt: Date | null;
}

interface Context {
  config: Config;
  now: Date;
  drill: OpenDrill | null;
}

/**
 * Opens, raises and recovers incidents as their alerts fire and clear, with timeline, facts and messages, in the
 * caller's transaction. What fires joins the open incident of its cause; when all alerts of an incident have cleared it
 * has recovered, and a person resolves it.
 * @returns the incident of each rule that fired
 */
export async function applyAlertChanges(
  client: pg.ClientBase,
  context: Context,
  changes: readonly AlertChange[],
): Promise<Map<string, number>> {
  const incidents = new Map<string, number>();
  for (const change of changes) {
    if (change.change === 'fired') incidents.set(change.rule, await fire(client, context, change));
    else await clear(client, context, change);
  }
  return incidents;
}

async function fire(client: pg.ClientBase, context: Context, alert: AlertChange): Promise<number> {
  const { now, drill } = context;
  const startedAt = alert.firstBadAt ?? now;
  const open = await lockOpenIncidentOf(client, alert.cause);
  const incident =
    open ??
    (await insertIncident(client, context, {
      cause: alert.cause,
      title: alert.title,
      severity: alert.severity,
      startedAt,
      openedBy: `alert ${alert.rule}`,
      drillId: drill?.id ?? null,
      reason: alert.words,
    }));
  await client.query(
    `INSERT INTO incident_alerts (incident_id, rule, severity, fired_at, words, numbers) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (incident_id, rule, fired_at) DO NOTHING`,
    [incident.id, alert.rule, alert.severity, now, alert.words, alert.numbers],
  );
  await recordTimeline(client, {
    incidentId: incident.id,
    at: now,
    source: 'alert',
    kind: 'fired',
    text: `${alert.severity} alert: ${alert.words}`,
    data: { rule: alert.rule, numbers: alert.numbers },
  });
  if (open) await join(client, context, open, alert, startedAt);
  return incident.id;
}

/** Another alert of the same cause: it may be worse, may have begun earlier, and ends a recovery that was told. */
async function join(
  client: pg.ClientBase,
  context: Context,
  before: IncidentRow,
  alert: AlertChange,
  startedAt: Date,
): Promise<void> {
  const raised = isWorse(alert.severity, before.severity);
  const again = before.recoveredAt !== null;
  const earlier = startedAt < before.startedAt;
  if (!raised && !again && !earlier) return;
  const { now } = context;
  const lulls = afterLull(before, startedAt);
  const flaps =
    again &&
    before.flappingToldAt === null &&
    isFlapping(
      { ...before, startedAt: earlier ? startedAt : before.startedAt, lulls, recoveredAt: null },
      now,
    );
  const incident = await changeIncidentRow(client, before, {
    ...(raised && { severity: alert.severity, title: alert.title }),
    ...(earlier && { startedAt }),
    recoveredAt: null,
    lulls,
    ...(flaps && { flappingToldAt: now }),
    nextStepAt: now,
  });
  if (raised) {
    await recordTimeline(client, {
      incidentId: incident.id,
      at: now,
      source: 'alert',
      kind: 'raised',
      text: `Raised from ${before.severity} to ${incident.severity}: ${alert.title}`,
    });
    await recordFact(client, {
      type: 'support.incident.raised',
      value: { incident: incident.id, from: before.severity, to: incident.severity, rule: alert.rule },
      now,
    });
  }
  if (again)
    await recordFact(client, {
      type: 'support.incident.failing_again',
      value: { incident: incident.id, rule: alert.rule, recoveredAt: before.recoveredAt },
      now,
    });
  if (flaps)
    await recordTimeline(client, {
      incidentId: incident.id,
      at: now,
      source: 'system',
      kind: 'flapping',
      text: `It comes and goes. Until it has been steady for ${STEADY_TEXT} each change is written here only, and every ${STILL_TEXT} it is told how it is.`,
    });
  if (raised || (again && before.flappingToldAt === null))
    await tellIncident(client, context, incident, {
      kind: raised ? 'raised' : 'reopened',
      sentence: `${again ? failsAgain(incident) : ''}${alert.words}${flaps ? COMES_AND_GOES : ''}`,
    });
}

/** Said once. */
const COMES_AND_GOES = ` It comes and goes: you hear again when it has been steady for ${STEADY_TEXT}, working or failing, or in ${STILL_TEXT}.`;

/** "It fails again: the third part of incident 1. " */
const failsAgain = (incident: IncidentRow): string => {
  const part = partText(incident);
  return part ? `It is failing again: the ${part}. ` : 'It is failing again. ';
};

async function clear(client: pg.ClientBase, context: Context, alert: AlertChange): Promise<void> {
  const { now } = context;
  const { rows } = await client.query<{ incidentId: number }>(
    `UPDATE incident_alerts SET cleared_at = $2 WHERE rule = $1 AND cleared_at IS NULL RETURNING incident_id AS "incidentId"`,
    [alert.rule, now],
  );
  for (const { incidentId } of rows) {
    await recordTimeline(client, {
      incidentId,
      at: now,
      source: 'alert',
      kind: 'cleared',
      text: `Alert over: ${alert.words}`,
      data: { rule: alert.rule, numbers: alert.numbers },
    });
    const before = await lockIncident(client, incidentId);
    if (before && isOpen(before)) await recoverIfAllCleared(client, context, before);
  }
}

async function recoverIfAllCleared(
  client: pg.ClientBase,
  context: Context,
  before: IncidentRow,
): Promise<void> {
  const { now } = context;
  const firing = await client.query(
    'SELECT 1 FROM incident_alerts WHERE incident_id = $1 AND cleared_at IS NULL LIMIT 1',
    [before.id],
  );
  if (firing.rows.length > 0 || before.recoveredAt) return;
  const incident = await changeIncidentRow(client, before, { recoveredAt: now, nextStepAt: now });
  const lasted = durationText(lastPartMs(incident, now));
  const part = partSentence(incident, now);
  const whole = part ? ` ${part}` : '';
  await recordTimeline(client, {
    incidentId: incident.id,
    at: now,
    source: 'system',
    kind: 'recovered',
    text: `Recovered after ${lasted}: all its alerts have cleared.${whole}`,
  });
  await recordFact(client, {
    type: 'support.incident.recovered',
    value: { incident: incident.id, afterMs: outageMs(incident, now) },
    now,
  });
  // What comes and goes is told when it has been steady: settleFlapping.
  if (incident.flappingToldAt !== null) return;
  await tellIncident(client, context, incident, {
    kind: 'recovered',
    sentence: `It has been working again since ${clockWords(now)}, after ${lasted}.${whole} Somebody still has to check and resolve the incident.`,
  });
}
