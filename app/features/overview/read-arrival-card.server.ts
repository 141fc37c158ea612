import type { Queryable } from '../../lib/database/queryable.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { readArrivalFigures } from '../alerts/read-arrival-figures.server.ts';
import { readReconciliation } from '../arrival/comparison/read-reconciliation.server.ts';
import { readProof } from '../arrival/connect/prove-arrival.server.ts';
import { percentileOf } from '../facts/percentile.ts';
import { arrivalCard, type ArrivalCard, type DelayPoint } from './arrival-card.ts';
import type { Range } from './overview-view.ts';
import { type RangeBuckets, RANGES, rangeStart } from './read-chart.server.ts';

/**
 * Whether messages arrive, from what is on record; null: nothing is connected, so nothing is expected.
 * @param wish.range of the delays that are drawn
 */
export async function readArrivalCard(
  services: Services,
  { range, now }: { range: Range; now: Date },
): Promise<ArrivalCard | null> {
  const { db, config } = services;
  if (!config.connection) return null;
  const [arrival, comparison, proof, delays] = await Promise.all([
    readArrivalFigures(db.pool, now),
    readReconciliation(services, { now }),
    readProof(db.pool, now),
    readDelays(db.pool, RANGES[range], now),
  ]);
  return arrivalCard({ arrival, comparison, proof, delays }, now);
}

const DELAYS = `
SELECT bucket AS at, jsonb_object_agg(label, n) AS counts FROM fact_rollups
WHERE resolution = $1 AND metric = 'arrival' AND label <> 'older' AND bucket >= $2 AND bucket <= $3
GROUP BY bucket ORDER BY bucket`;

/** From message to webhook over time, from the rollups: at most one row for each bucket of the range in which messages came. */
async function readDelays(db: Queryable, range: RangeBuckets, now: Date): Promise<DelayPoint[]> {
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
