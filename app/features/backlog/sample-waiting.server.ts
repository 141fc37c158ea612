import type pg from 'pg';
import { CHATWOOT_AHEAD } from '../../lib/chatwoot/chatwoot-now.server.ts';

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
