import { percentileOf } from '../facts/percentile.ts';
import type { BucketCounts } from './figures.ts';

/**
 * Percentile of the durations of delivered attempts from their histogram.
 * @param share 0.5 for the median
 * @param timeoutMs the longest an attempt may take: upper bound of the bucket that has none
 * @returns upper bound in ms of the bucket in which it lies; null without deliveries
 */
export function percentile(
  buckets: readonly Pick<BucketCounts, 'latency'>[],
  share: number,
  timeoutMs: number,
): number | null {
  const bound = percentileOf(
    buckets.map(({ latency }) => latency),
    share,
  );
  return bound === Infinity ? timeoutMs : bound;
}
