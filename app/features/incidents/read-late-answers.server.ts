import type pg from 'pg';
import type { TimelineLine } from './incident-view.ts';
import { minuteWords } from '../../lib/time-words.ts';

/** Neighbouring buckets of a period in which answers came too late, as one row each run: by minutes where those are kept. */
const RUNS = `
WITH counted AS (
  SELECT resolution, bucket, CASE resolution WHEN 'minute' THEN interval '1 minute' ELSE interval '10 minutes' END AS width,
    sum(n)::int AS n
  FROM fact_rollups
  WHERE metric = 'late_answer' AND resolution IN ('minute', 'ten_minutes')
    AND bucket > $1::timestamptz - interval '10 minutes' AND bucket <= $2
  GROUP BY resolution, bucket
), within AS (
  SELECT *, min(resolution) OVER () AS finest FROM counted WHERE bucket + width > $1
), marked AS (
  SELECT *, bucket - lag(bucket) OVER (ORDER BY bucket) > width AS begins FROM within WHERE resolution = finest
), runs AS (
  SELECT *, count(*) FILTER (WHERE begins) OVER (ORDER BY bucket) AS run FROM marked
)
SELECT min(bucket) AS first, max(bucket + width) AS last, sum(n)::int AS n FROM runs GROUP BY run ORDER BY first LIMIT $3`;

/**
 * When within a period webhooks were kept, but answered too late for Chatwoot, which then saw a failure: a line for each
 * run of minutes without a gap. After 8 days it is known to ten minutes.
 */
export async function readLateAnswers(
  pool: pg.Pool,
  { from, to, most }: { from: Date; to: Date; most: number },
): Promise<TimelineLine[]> {
  const { rows } = await pool.query<{ first: Date; last: Date; n: number }>(RUNS, [from, to, most]);
  return rows.map(({ first, last, n }) => ({
    id: `l${first.getTime()}`,
    at: first.toISOString(),
    lastAt: last.toISOString(),
    count: 1,
    source: 'system',
    text: `${n} ${n === 1 ? 'webhook was' : 'webhooks were'} answered too late for Chatwoot between ${minuteWords(first)} and ${minuteWords(last)}: it saw a failure, ${n === 1 ? 'it was' : 'they were'} kept.`,
    actor: null,
  }));
}
