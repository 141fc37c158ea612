import type { Queryable } from '../../lib/database/queryable.server.ts';
import { percentileOf } from '../facts/percentile.ts';
import type { ArrivalFigures } from './rule-reading.ts';
import type pg from 'pg';
import { factType, recordFact } from '../facts/record-fact.server.ts';
import type { FactValue } from '../facts/fact-types.ts';
import { DELAY_MS, DELAY_WARNING_MS } from './rules-arrival.ts';

/** Delays of this time say how far behind Chatwoot's queue is now, ms. */
const DELAY_WINDOW_MS = 5 * 60_000;
/** Refusals of this time, ms. */
const REFUSED_WINDOW_MS = 10 * 60_000;

const WATCH = `
SELECT w.expect_since IS NOT NULL AS expected, p.at AS "provedAt", l.at AS "lastWebhookAt", w.looked_at AS "lookedAt", w.newest_at AS "newestAt",
  w.failing_since AS "failingSince", w.problem, n.narrowed, w.silent_since AS "silentSince", w.confirmed_at AS "confirmedAt",
  w.cause, w.registration, w.registration_at AS "registrationAt", w.registered_at IS NOT NULL AS registered,
  w.registration_bad_since AS "badSince", w.registration_bad_confirmed AS "badConfirmed"
FROM arrival_watch w CROSS JOIN proved_arrival p CROSS JOIN last_message_webhook l CROSS JOIN narrowed_webhooks n`;

const MISSED = `SELECT count(*)::float8 AS messages, count(DISTINCT customer)::float8 AS customers FROM missed_messages`;

const DELAYS = `
SELECT label, sum(n)::float8 AS n FROM fact_rollups
WHERE resolution = 'minute' AND metric = 'arrival' AND bucket > $1 AND bucket <= $2 GROUP BY label`;

/**
 * Reasons: see arrival/cause/read-refusals.server.ts. A webhook that was accepted since the last refusal shows that others get in;
 * what a comparison fetched shows nothing.
 */
const REFUSED = `
SELECT COALESCE(sum(n), 0)::float8 AS count, min(bucket) AS "firstAt", max(bucket) AS "lastAt",
  (SELECT date_trunc('minute', received_at) FROM webhook_events WHERE source = 'webhook' ORDER BY seq DESC LIMIT 1) AS "acceptedAt"
FROM fact_rollups
WHERE resolution = 'minute' AND metric = 'rejected' AND bucket > $1 AND bucket <= $2 AND label IN (
  'missing_signature', 'bad_signature', 'stale_signature', 'missing_token', 'bad_token', 'not_connected', 'secrets_unreadable')`;

type WatchRow = Omit<ArrivalFigures, 'missed' | 'delay' | 'refused'>;

/** How what is written in Chatwoot gets here, as far as it is recorded. */
export async function readArrivalFigures(client: Queryable, now: Date): Promise<ArrivalFigures> {
  const watch = (await client.query<WatchRow>(WATCH)).rows[0]!;
  const missed = watch.silentSince
    ? (await client.query<ArrivalFigures['missed']>(MISSED)).rows[0]!
    : { messages: 0, customers: 0 };
  const delays = await client.query<{ label: string; n: number }>(DELAYS, [
    new Date(now.getTime() - DELAY_WINDOW_MS),
    now,
  ]);
  const refused = await client.query<ArrivalFigures['refused']>(REFUSED, [
    new Date(now.getTime() - REFUSED_WINDOW_MS),
    now,
  ]);
  return { ...watch, missed, delay: delayOf(delays.rows), refused: refused.rows[0]! };
}

function delayOf(rows: readonly { label: string; n: number }[]): ArrivalFigures['delay'] {
  const counts = Object.fromEntries(rows.map(({ label, n }) => [label, n]));
  const p50 = percentileOf([counts], 0.5);
  const p95 = percentileOf([counts], 0.95);
  if (p50 === null || p95 === null) return null;
  const messages = rows.reduce((total, { label, n }) => total + (label === 'older' ? 0 : n), 0);
  return { messages, p50, p95 };
}

/** As long as messages come their delay is put down this often, and at once when it crosses a threshold, ms. */
const EVERY_MS = 5 * 60_000;
const TYPE = 'support.arrival.delay';

type Level = FactValue<typeof TYPE>['level'];

/** Which side of the thresholds the delay is on; `none`: no message came lately. */
function levelOf(delay: ArrivalFigures['delay']): Level {
  if (!delay) return 'none';
  if (delay.p95 > DELAY_MS) return 'far_behind';
  return delay.p95 > DELAY_WARNING_MS ? 'late' : 'on_time';
}

/**
 * The delay from a message's `created_at` to its webhook as a fact (ms, over the last five minutes). Pass the transaction that
 * judges the rules: one process at a time does.
 */
export async function recordDelay(
  client: pg.ClientBase,
  { delay, expected }: Pick<ArrivalFigures, 'delay' | 'expected'>,
  now: Date,
): Promise<void> {
  if (!expected) return;
  const level = levelOf(delay);
  const { rows } = await client.query<{ level: Level; at: Date }>(
    `SELECT value->>'level' AS level, recorded_at AS at FROM dashboard_facts WHERE fact_type = ${factType(TYPE)} ORDER BY recorded_at DESC LIMIT 1`,
  );
  const last = rows[0] ?? { level: 'none', at: new Date(0) };
  const isDue = level !== 'none' && now.getTime() - last.at.getTime() >= EVERY_MS;
  if (level === last.level && !isDue) return;
  // That messages stop coming ends a delay and is no news otherwise.
  if (level === 'none' && last.level === 'on_time') return;
  await recordFact(client, {
    type: TYPE,
    value: {
      level,
      p50Ms: delay?.p50 ?? null,
      p95Ms: delay?.p95 ?? null,
      messages: delay?.messages ?? 0,
    },
    now,
  });
}
