import type { Reading } from '../../lib/reading.ts';

export interface SlaAdherence {
  /** Customers who began to wait in the time, those answered in time, and those who were not (or not yet, though due). */
  waits: number;
  inTime: number;
  breached: number;
  /** Not due yet and not answered. */
  open: number;
  /** inTime / (inTime + breached); null when nothing is decided yet. */
  ratio: number | null;
}

/** How well the SLA was kept for the customers who began to wait from `since` until `until`. */
export async function slaAdherence(
  { db }: Pick<Reading, 'db'>,
  { since, until, now }: { since: Date; until: Date; now: Date },
): Promise<SlaAdherence> {
  const { rows } = await db.pool.query<{ waits: number; in_time: number; breached: number }>(
    `SELECT count(*) AS waits,
       count(*) FILTER (WHERE COALESCE(answered_at, ended_at) <= due_at) AS in_time,
       count(*) FILTER (WHERE COALESCE(answered_at, ended_at, $3) > due_at) AS breached
     FROM waits WHERE since >= $1 AND since < $2`,
    [since, until, now],
  );
  const { waits, in_time: inTime, breached } = rows[0]!;
  const decided = inTime + breached;
  return {
    waits,
    inTime,
    breached,
    open: waits - decided,
    ratio: decided === 0 ? null : inTime / decided,
  };
}
