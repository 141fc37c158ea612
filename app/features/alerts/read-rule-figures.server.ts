import type pg from 'pg';
import { chatwootNow } from '../../lib/chatwoot/clock.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import { readBackupState } from '../backup/backup-rows.server.ts';
import { factType } from '../facts/record-fact.server.ts';
import { readWaitingByHand } from '../tickets/hand-waits.server.ts';
import { readAdjustments } from './adjust-rules.server.ts';
import { readArrivalFigures } from './read-arrival-figures.server.ts';
import type { ComponentFigures, RuleFigures, RuleWaitingFigures } from './rule-reading.ts';
import { DEAD_LETTER_WINDOW_MS } from './rules-delivery.ts';

/** Shorter windows, as a drill has them, are counted in seconds and not in whole minutes. */
const MINUTES_FROM_MS = 300_000;

/** Beyond this many the rule has long fired; counting on would cost more than it says. */
const COUNTED_DEAD_LETTERS = 1000;

/** @param speed of the drill that is open, else 1: windows are divided by it */
export async function readRuleFigures(
  client: pg.ClientBase,
  config: Config,
  now: Date,
  speed: number,
): Promise<RuleFigures> {
  const components = await client.query<ComponentFigures>(
    `SELECT name, label, state, since, failures, first_failed_at AS "firstFailedAt", checked_at AS "checkedAt", detail
     FROM health_components ORDER BY name`,
  );
  const windowMs = config.ALERT_SUCCESS_WINDOW / speed;
  const breaker = await readBreaker(client, new Date(now.getTime() - windowMs));
  return {
    components: components.rows,
    network: await readNetwork(client),
    breaker,
    attempts: await readAttempts(client, windowMs, breaker.closedAt, now),
    deadLetters: await countDeadLetters(client, new Date(now.getTime() - DEAD_LETTER_WINDOW_MS / speed), now),
    backlog: await readRuleWaitingFigures(client, { now, speed, targetMs: config.SLA_FIRST_RESPONSE }),
    arrival: await readArrivalFigures(client, now),
    adjustments: await readAdjustments(client, now),
    backup: config.BACKUP_DIR ? await readBackupState(client) : null,
    speed,
  };
}

async function readBreaker(client: pg.ClientBase, windowStart: Date): Promise<RuleFigures['breaker']> {
  const { rows } = await client.query<RuleFigures['breaker']>(
    `SELECT state, since, last_failure->>'text' AS reason, CASE WHEN closed_at > $1 THEN closed_at END AS "closedAt"
     FROM breakers WHERE name = 'agent'`,
    [windowStart],
  );
  return rows[0]!;
}

/**
 * Attempts within the window; after an outage only those of the buckets that began after the breaker closed, so that
 * the outage itself is not held against the service that answers again. An interrupted attempt has no result.
 */
async function readAttempts(
  client: pg.ClientBase,
  windowMs: number,
  closedAt: Date | null,
  now: Date,
): Promise<RuleFigures['attempts']> {
  const minutes = windowMs >= MINUTES_FROM_MS;
  const { rows } = await client.query<RuleFigures['attempts']>(
    `SELECT COALESCE(sum(n) FILTER (WHERE label = 'ok'), 0)::bigint AS ok,
       COALESCE(sum(n) FILTER (WHERE label <> 'ok'), 0)::bigint AS failed,
       min(bucket) FILTER (WHERE label <> 'ok') AS "firstFailedAt"
     FROM fact_rollups
     WHERE resolution = $1 AND metric = $2 AND label <> 'interrupted'
       AND bucket > $3 AND bucket <= $4 AND bucket >= COALESCE($5, $3)`,
    [
      minutes ? 'minute' : 'second',
      minutes ? 'attempt' : 'breaker',
      new Date(now.getTime() - windowMs),
      now,
      closedAt,
    ],
  );
  const attempts = rows[0]!;
  if (!minutes || !attempts.firstFailedAt) return attempts;
  return { ...attempts, firstFailedAt: await firstFailureOf(client, attempts.firstFailedAt) };
}

/**
 * When in a minute the first attempt failed, to the second: an outage is not to be told older than it is.
 * @returns the minute itself when its seconds are not kept any more
 */
async function firstFailureOf(client: pg.ClientBase, minute: Date): Promise<Date> {
  const { rows } = await client.query<{ at: Date }>(
    `SELECT COALESCE(min(bucket), $1) AS at FROM fact_rollups
     WHERE resolution = 'second' AND metric = 'breaker' AND label <> 'ok' AND bucket >= $1 AND bucket < $2`,
    [minute, new Date(minute.getTime() + 60_000)],
  );
  return rows[0]!.at;
}

/** More than any threshold asks for. */
const COUNTED_CHECKS = 100;

/** Checks in a row, newest first, in which everything of the network was inconclusive. */
async function readNetwork(client: pg.ClientBase): Promise<RuleFigures['network']> {
  const { rows } = await client.query<{ at: Date; inconclusive: boolean }>(
    `SELECT max(at) AS at, bool_or(outcome = 'inconclusive') AS inconclusive
     FROM probe_results WHERE tick > (SELECT max(tick) FROM probe_results) - $1
     GROUP BY tick ORDER BY tick DESC`,
    [COUNTED_CHECKS],
  );
  if (!rows[0]) return null;
  const first = rows.findIndex((row) => !row.inconclusive);
  const inconclusive = first === -1 ? rows.length : first;
  return { inconclusive, since: rows[inconclusive - 1]?.at ?? null, checkedAt: rows[0].at };
}

async function countDeadLetters(client: pg.ClientBase, since: Date, now: Date): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*) AS n FROM (
       SELECT 1 FROM dashboard_facts f
       LEFT JOIN deliveries d ON d.seq = (f.metadata->>'seq')::bigint
       WHERE f.fact_type = ${factType('support.webhook.dead_letter')} AND f.recorded_at > $1 AND f.recorded_at <= $2
         AND (d.seq IS NULL OR (d.state = 'dead' AND d.dead_fact_id = f.id))
       LIMIT $3) counted`,
    [since, now, COUNTED_DEAD_LETTERS],
  );
  return rows[0]!.n;
}

const HOUR_MS = 3_600_000;
/** A list of conversations that is behind by more than this does not know who waits now. */
const STALE_MS = 60_000;

/**
 * How long customers wait, as far as it is recorded: the first answers of the last hour, and who waits longer than their
 * SLA allows now. Unknown while the list of conversations is behind, or counted for the first time.
 * @param targetMs SLA_FIRST_RESPONSE
 * @param speed of the drill that is open, else 1: the hour is divided by it
 */
export async function readRuleWaitingFigures(
  client: pg.ClientBase,
  { now, speed, targetMs }: { now: Date; speed: number; targetMs: number },
): Promise<RuleWaitingFigures> {
  // Waits bear Chatwoot's times.
  const there = await chatwootNow(client, now);
  const { rows } = await client.query<{ known: boolean | null; average: number | null; breaches: number }>(
    `SELECT (SELECT caught_up_at > $2 FROM backlog_projection) AND NOT EXISTS (
         SELECT FROM backlog_checks WHERE is_first AND finished_at IS NULL
           AND progressed_at > $1::timestamptz - interval '2 minutes') AS known,
       (SELECT avg(extract(epoch FROM answered_at - since))::float8 FROM waits
        WHERE answered_at > $3 AND answered_at <= $4) AS average,
       (SELECT count(*) FROM conversations WHERE waiting_since IS NOT NULL AND due_at < $4) AS breaches`,
    [now, new Date(now.getTime() - STALE_MS), new Date(there.getTime() - HOUR_MS / speed), there],
  );
  const { known, average, breaches } = rows[0]!;
  const { breached: breachesByHand } = await readWaitingByHand(client, targetMs, now);
  if (!known) return { averageResponseSeconds: null, slaBreaches: null, breachesByHand };
  const averageResponseSeconds = average === null ? null : Math.round(average);
  return { averageResponseSeconds, slaBreaches: breaches, breachesByHand };
}
