import { CHATWOOT_AHEAD } from '../../lib/chatwoot/clock.server.ts';
import type { ReadServices } from '../../lib/database/queryable.server.ts';
import { handWaits } from '../tickets/hand-waits.server.ts';

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

/**
 * How well the SLA was kept for the customers who began to wait from `from` until `to`, within the ranges of `outage` (a `tstzmultirange`), in Chatwoot or in a ticket kept by
 * hand; all are times of ours, waits bear Chatwoot's. A conversation that was deleted while its customer waited says nothing of it.
 */
export async function slaAdherence(
  { db, config }: ReadServices,
  { from, to, outage, now }: { from: Date; to: Date; outage: string; now: Date },
): Promise<SlaAdherence> {
  const { rows } = await db.pool.query<{ waits: number; in_time: number; breached: number }>(
    `SELECT count(*) AS waits,
       count(*) FILTER (WHERE COALESCE(answered_at, ended_at) <= due_at) AS in_time,
       count(*) FILTER (WHERE COALESCE(answered_at, ended_at, now) > due_at) AS breached
     FROM (
       SELECT due_at, answered_at, ended_at, $3::timestamptz + ${CHATWOOT_AHEAD} AS now FROM waits
       WHERE NOT gone AND since >= $1::timestamptz + ${CHATWOOT_AHEAD} AND since < $2::timestamptz + ${CHATWOOT_AHEAD}
         AND since - ${CHATWOOT_AHEAD} <@ $5::tstzmultirange
       UNION ALL
       SELECT due_at, answered_at, ended_at, $3 FROM (${handWaits('$4')}) by_hand WHERE since >= $1 AND since < $2 AND since <@ $5::tstzmultirange
     ) w`,
    [from, to, now, config.SLA_FIRST_RESPONSE / 1000, outage],
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
