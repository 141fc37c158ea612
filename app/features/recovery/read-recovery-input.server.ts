import { CHATWOOT_AHEAD } from '../../lib/chatwoot/clock.server.ts';
import type { Queryable, ReadServices } from '../../lib/database/queryable.server.ts';
import { readCanaryEvidence } from '../canary/read-canary.server.ts';
import { factType } from '../facts/record-fact.server.ts';
import { WAITS_BY_HAND } from '../tickets/hand-waits.server.ts';
import { slaAdherence } from '../waiting/sla-policies.server.ts';
import { readWaitingFigures } from '../waiting/read-waiting-figures.server.ts';
import { LULLS } from '../incidents/incident-row.server.ts';
import { readMarks } from './gate-marks.server.ts';
import type { Check, GatedIncident, RecoveryInput } from './recovery-input.ts';
import { spanOfImpact } from './impact.ts';
import { recoveryStreak } from './recovery-gate.ts';

/** A check may be late by this many intervals before its time counts as not measured. */
const GAP_INTERVALS = 2.5;

/** Everything that the recovery of one incident is judged by; one statement after the other, as a transaction asks them. */
export async function readRecoveryInput(
  reading: ReadServices,
  incident: GatedIncident,
  now: Date,
): Promise<RecoveryInput> {
  const { config } = reading;
  const { pool } = reading.db;
  const interval = Math.max(config.HEALTH_CHECK_INTERVAL, config.HEALTH_CONFIRM_INTERVAL) / incident.speed;
  const maxGapMs = GAP_INTERVALS * interval + config.HEALTH_TIMEOUT;
  const checks = await readChecks(pool, incident.startedAt, now);
  const since = recoveryStreak({ incident, checks, maxGapMs }).from ?? now;
  const deadLettersAt = await readDeadLetters(pool, incident.startedAt, now);
  const runs = await readRuns(pool, since, now);
  const canary = await readCanaryEvidence(pool);
  const backlog = await readBacklog(reading, { startedAt: incident.startedAt, since, now });
  const adherence = await slaAdherence(reading, spanOfImpact(incident, now));
  const replays = await readReplays(pool, incident.startedAt, now);
  const marks = await readMarks(pool, 'recovery', incident.id);
  const greenMs = config.RECOVERY_GREEN_FOR / incident.speed;
  const watchMs = config.RECOVERY_WATCH_FOR / incident.speed;
  return {
    ...{ incident, greenMs, watchMs, checks, maxGapMs },
    ...{ deadLettersAt, runs, canary, backlog, replays, marks },
    sla: backlog.waiting === null ? null : adherence,
  };
}

async function readDeadLetters(db: Queryable, since: Date, now: Date): Promise<Date[]> {
  const { rows } = await db.query<{ at: Date }>(
    `SELECT recorded_at AS at FROM dashboard_facts
     WHERE fact_type = ${factType('support.webhook.dead_letter')} AND recorded_at >= $1 AND recorded_at <= $2
     ORDER BY recorded_at DESC LIMIT 100`,
    [since, now],
  );
  return rows.map(({ at }) => at);
}

/** Runs of attempts that ended, of the last hour at most: the index gives them by time. */
async function readRuns(db: Queryable, since: Date, now: Date): Promise<RecoveryInput['runs']> {
  const { rows } = await db.query<RecoveryInput['runs']>(
    `SELECT count(*) FILTER (WHERE value->>'success' = 'true') AS delivered,
       count(*) FILTER (WHERE value->>'success' <> 'true') AS dead
     FROM dashboard_facts
     WHERE fact_type = ${factType('support.webhook.retry')}
       AND recorded_at >= GREATEST($1::timestamptz, $2::timestamptz - interval '1 hour') AND recorded_at <= $2`,
    [since, now],
  );
  return rows[0]!;
}

async function readBacklog(
  reading: ReadServices,
  { startedAt, since, now }: { startedAt: Date; since: Date; now: Date },
): Promise<RecoveryInput['backlog']> {
  const figures = await readWaitingFigures(reading, now);
  const { rows } = await reading.db.pool.query<{
    undelivered: number;
    withheld: number;
    dead: number;
    waiting: number;
  }>(
    `SELECT (SELECT count(*) FROM deliveries WHERE state = 'pending' AND received_at < $1) AS undelivered,
       (SELECT count(*) FROM withheld_messages
        WHERE decided_at IS NULL AND event = 'message_created' AND withheld_at >= $2) AS withheld,
       (SELECT count(*) FROM deliveries WHERE state = 'dead' AND received_at >= $2) AS dead,
       (SELECT count(*) FROM conversations WHERE waiting_since < $1::timestamptz + ${CHATWOOT_AHEAD})
         + (SELECT count(*) FROM manual_tickets WHERE ${WAITS_BY_HAND} AND received_at < $1) AS waiting`,
    [since, startedAt],
  );
  const { undelivered, withheld, dead, waiting } = rows[0]!;
  return {
    undelivered,
    withheld,
    dead,
    waiting: figures.known ? waiting : null,
    breached: figures.breached === null ? null : figures.breached + figures.byHand.breached,
  };
}

async function readReplays(db: Queryable, since: Date, now: Date): Promise<RecoveryInput['replays']> {
  const { rows } = await db.query<{ running: number; finished_at: Date | null }>(
    `SELECT count(*) FILTER (WHERE state IN ('running', 'paused')) AS running, max(finished_at) AS finished_at
     FROM replays WHERE created_at <= $2 AND (finished_at IS NULL OR finished_at >= $1)`,
    [since, now],
  );
  return { running: rows[0]!.running, finishedAt: rows[0]!.finished_at };
}

/** Rules whose recovery is not seen in health checks: their own clearing is what the recovery counts from. */
const DELIVERY_RULES = ['success_rate', 'dead_letters'];

export async function readGatedIncident(db: Queryable, id: number): Promise<GatedIncident | null> {
  const { rows } = await db.query<GatedIncident>(
    `SELECT i.id, i.title, i.cause, i.severity, i.status, i.started_at AS "startedAt", i.opened_at AS "openedAt",
       i.recovered_at AS "recoveredAt", ${LULLS} AS lulls, i.resolved_at AS "resolvedAt", i.override_reason AS "overrideReason", COALESCE(d.speed, 1) AS speed,
       ARRAY(SELECT words FROM incident_alerts a WHERE a.incident_id = i.id AND a.cleared_at IS NULL ORDER BY fired_at, rule) AS "stillFiring",
       (SELECT max(cleared_at) FROM incident_alerts a WHERE a.incident_id = i.id AND a.rule = ANY($2)) AS "deliveryClearedAt"
     FROM incidents i LEFT JOIN drills d ON d.id = i.drill_id WHERE i.id = $1`,
    [id, DELIVERY_RULES],
  );
  return rows[0] ?? null;
}

/** Checks read at most; at one every 5 minutes that is a week. */
const MOST = 2000;
/** Results are looked for this far back at most, h. */
const HOURS = 24;

/** The health checks since a time, newest first; components that are no longer configured do not count. */
async function readChecks(db: Queryable, since: Date, now: Date): Promise<Check[]> {
  const { rows } = await db.query<{ at: Date; failed: string[]; unknown: boolean }>(
    `SELECT min(at) AS at, bool_or(outcome = 'inconclusive') AS unknown,
       COALESCE(array_agg(DISTINCT component) FILTER (WHERE outcome = 'failed'), '{}') AS failed
     FROM probe_results
     WHERE component IN (SELECT name FROM health_components)
       AND at >= GREATEST($1::timestamptz, $2::timestamptz - make_interval(hours => ${HOURS})) AND at <= $2
     GROUP BY tick ORDER BY min(at) DESC LIMIT ${MOST}`,
    [since, now],
  );
  return rows.map(({ at, failed, unknown }) => ({
    at,
    failed,
    outcome: failed.length > 0 ? 'red' : unknown ? 'inconclusive' : 'green',
  }));
}
