import type pg from 'pg';

/** A projection that is behind by more than this does not know who waits. */
const STALE_MS = 60_000;

/** Notes how many wait now, once a minute; nothing while the projection is behind or counts for the first time, for that would be no measurement. */
const SAMPLE = `
INSERT INTO waiting_samples (minute, waiting, breached, oldest_seconds)
SELECT date_trunc('minute', $1::timestamptz, 'UTC'), w.n, w.breached, w.oldest
FROM (
  SELECT count(*) AS n, count(*) FILTER (WHERE due_at < $1) AS breached,
    floor(extract(epoch FROM $1 - min(waiting_since))) AS oldest
  FROM conversations WHERE waiting_since IS NOT NULL
) w
WHERE EXISTS (SELECT FROM backlog_projection WHERE caught_up_at > $2)
  AND NOT EXISTS (SELECT FROM backlog_checks WHERE is_first AND finished_at IS NULL)
ON CONFLICT DO NOTHING`;

/** @returns whether this call took the minute's sample */
export async function sampleWaiting(pool: pg.Pool, now: Date): Promise<boolean> {
  const { rowCount } = await pool.query(SAMPLE, [now, new Date(now.getTime() - STALE_MS)]);
  return (rowCount ?? 0) > 0;
}
