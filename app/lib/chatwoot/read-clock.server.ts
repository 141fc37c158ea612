import type { Queryable } from '../reading.ts';
import type { ClockDifference } from './clock-words.ts';

/** The difference of the clocks as any process last measured it; null: Chatwoot has not answered yet. */
export async function readClockDifference(db: Queryable, now: Date): Promise<ClockDifference | null> {
  const { rows } = await db.query<{ ahead_ms: number }>('SELECT ahead_ms FROM chatwoot_clock');
  const aheadMs = rows[0]?.ahead_ms;
  if (aheadMs === undefined) return null;
  return { aheadMs, there: new Date(now.getTime() + aheadMs).toISOString(), here: now.toISOString() };
}
