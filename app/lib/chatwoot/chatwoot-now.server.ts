import type { Queryable } from '../reading.ts';

/** A smaller difference is the network's as much as the clocks', and is shown nowhere either, ms. */
const LEAST_MS = 2000;

/**
 * SQL for what has to be added to a time of ours to have it as Chatwoot's clock names it: times that Chatwoot dated (waits,
 * messages) are compared with `now() + CHATWOOT_AHEAD`.
 */
export const CHATWOOT_AHEAD = `COALESCE((SELECT CASE WHEN abs(ahead_ms) >= ${LEAST_MS} THEN ahead_ms END FROM chatwoot_clock), 0) * interval '1 millisecond'`;

/**
 * A moment of ours as Chatwoot's clock names it, by the difference that is on record: what Chatwoot dates is compared with
 * this.
 */
export async function chatwootNow(db: Queryable, now: Date): Promise<Date> {
  const { rows } = await db.query<{ ahead_ms: number }>('SELECT ahead_ms FROM chatwoot_clock');
  const ahead = Math.round(rows[0]?.ahead_ms ?? 0);
  return Math.abs(ahead) < LEAST_MS ? now : new Date(now.getTime() + ahead);
}
