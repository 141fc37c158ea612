import type pg from 'pg';
import type { TimelineLine } from './incident-view.ts';
import type { LateRun } from './late-answers-words.ts';
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
 * When within a period webhooks were kept, but answered too late for Chatwoot, which then saw a failure: oldest first.
 * After 8 days it is known to ten minutes.
 */
export async function readLateRuns(
  pool: pg.Pool,
  { from, to, most }: { from: Date; to: Date; most: number },
): Promise<LateRun[]> {
  const { rows } = await pool.query<{ first: Date; last: Date; n: number }>(RUNS, [from, to, most]);
  return rows.map(({ first, last, n }) => ({
    from: first.toISOString(),
    to: last.toISOString(),
    count: n,
  }));
}

/** The same as lines of a timeline. */
export async function readLateAnswers(
  pool: pg.Pool,
  period: { from: Date; to: Date; most: number },
): Promise<TimelineLine[]> {
  return (await readLateRuns(pool, period)).map(({ from, to, count }) => ({
    id: `l${Date.parse(from)}`,
    at: from,
    lastAt: to,
    count: 1,
    source: 'system',
    text: `${count} ${count === 1 ? 'webhook was' : 'webhooks were'} answered too late for Chatwoot between ${minuteWords(new Date(from))} and ${minuteWords(new Date(to))}: it saw a failure, ${count === 1 ? 'it was' : 'they were'} kept.`,
    actor: null,
  }));
}
