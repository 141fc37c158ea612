import type { Queryable } from '../../lib/reading.ts';
import { percentileOf } from '../facts/percentile.ts';
import type { DelayPoint } from './arrival-card.ts';
import { rangeStart, type RangeBuckets } from './chart.ts';

const DELAYS = `
SELECT bucket AS at, jsonb_object_agg(label, n) AS counts FROM fact_rollups
WHERE resolution = $1 AND metric = 'arrival' AND label <> 'older' AND bucket >= $2 AND bucket <= $3
GROUP BY bucket ORDER BY bucket`;

/** From message to webhook over time, from the rollups: at most one row for each bucket of the range in which messages came. */
export async function readDelays(db: Queryable, range: RangeBuckets, now: Date): Promise<DelayPoint[]> {
  const { rows } = await db.query<{ at: Date; counts: Record<string, number> }>(DELAYS, [
    range.resolution,
    rangeStart(range, now),
    now,
  ]);
  return rows.map(({ at, counts }) => ({
    at: at.toISOString(),
    messages: Object.values(counts).reduce((total, n) => total + Number(n), 0),
    p50: percentileOf([counts], 0.5)!,
    p95: percentileOf([counts], 0.95)!,
  }));
}
