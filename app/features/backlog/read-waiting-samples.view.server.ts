import type { Services } from '../../lib/services.server.ts';
import type { WaitingSample } from './waiting-view.ts';

/** Points of the chart. */
const POINTS = 60;

/**
 * How many waited over the last `hours`, as sixty points, each the most of its time; null where nothing was measured.
 * @param hours 1, 24 or 168
 */
export async function readWaitingSamples(
  { db }: Pick<Services, 'db'>,
  { hours, now }: { hours: number; now: Date },
): Promise<WaitingSample[]> {
  const step = (hours * 3600) / POINTS;
  const { rows } = await db.pool.query<{ at: Date; waiting: number | null; breached: number | null }>(
    `SELECT b.at, s.waiting, s.breached
     FROM generate_series(0, ${POINTS - 1}) AS n,
     LATERAL (SELECT date_bin(make_interval(secs => $2), $1::timestamptz, 'epoch') - make_interval(secs => $2 * n) AS at) b,
     LATERAL (SELECT max(waiting) AS waiting, max(breached) AS breached FROM waiting_samples
       WHERE minute >= b.at AND minute < b.at + make_interval(secs => $2)) s
     ORDER BY b.at`,
    [now, step],
  );
  return rows.map(({ at, waiting, breached }) => ({ at: at.toISOString(), waiting, breached }));
}
