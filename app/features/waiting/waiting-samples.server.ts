import type pg from 'pg';
import { CHATWOOT_AHEAD } from '../../lib/chatwoot/clock.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { WaitingSample } from './waiting-view.ts';

/** A projection that is behind by more than this does not know who waits. */
const STALE_MS = 60_000;

/** Notes how many wait now, once a minute; nothing while the projection is behind or counts for the first time, for that would be no measurement. */
const SAMPLE = `
INSERT INTO waiting_samples (minute, waiting, breached, oldest_seconds)
SELECT date_trunc('minute', $1::timestamptz, 'UTC'), w.n, w.breached, w.oldest
FROM (
  SELECT count(waiting_since) AS n, count(*) FILTER (WHERE due_at < there.now) AS breached,
    floor(extract(epoch FROM there.now - min(waiting_since))) AS oldest
  FROM (SELECT $1::timestamptz + ${CHATWOOT_AHEAD} AS now) there
  LEFT JOIN conversations ON waiting_since IS NOT NULL GROUP BY there.now
) w
WHERE EXISTS (SELECT FROM backlog_projection WHERE caught_up_at > $2)
  AND NOT EXISTS (SELECT FROM backlog_checks WHERE is_first AND finished_at IS NULL)
ON CONFLICT DO NOTHING`;

/** @returns whether this call took the minute's sample */
export async function sampleWaiting(pool: pg.Pool, now: Date): Promise<boolean> {
  const { rowCount } = await pool.query(SAMPLE, [now, new Date(now.getTime() - STALE_MS)]);
  return (rowCount ?? 0) > 0;
}

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
