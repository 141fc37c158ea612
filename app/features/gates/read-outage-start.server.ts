import type { Queryable } from '../../lib/reading.ts';

/**
 * Start of what is being restored from: the newest of the open incidents' first failed checks and of fallback mode's
 * switching on. Evidence from before it does not count.
 * @returns null when no incident is open and fallback mode is off
 */
export async function readOutageStart(db: Queryable): Promise<Date | null> {
  const { rows } = await db.query<{ since: Date | null }>(
    `SELECT GREATEST(
       (SELECT max(started_at) FROM incidents WHERE status IN ('open', 'acknowledged')),
       (SELECT max(started_at) FROM fallback_runs WHERE ended_at IS NULL)) AS since`,
  );
  return rows[0]!.since;
}
