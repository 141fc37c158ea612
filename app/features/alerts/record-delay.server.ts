import type pg from 'pg';
import { factType } from '../facts/fact-sql.ts';
import type { FactValue } from '../facts/fact-types.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import type { ArrivalFigures } from './rule-reading.ts';
import { DELAY_MS, DELAY_WARNING_MS } from './rules-arrival.ts';

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
