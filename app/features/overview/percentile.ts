import type { BucketCounts } from './figures.ts';

/** Label of durations over the largest bound. */
const OVERFLOW = 'inf';

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
  const counts = new Map<number, number>();
  let total = 0;
  for (const { latency } of buckets) {
    for (const [label, n] of Object.entries(latency)) {
      const bound = label === OVERFLOW ? Infinity : Number(label);
      counts.set(bound, (counts.get(bound) ?? 0) + n);
      total += n;
    }
  }
  let seen = 0;
  for (const bound of [...counts.keys()].sort((a, b) => a - b)) {
    seen += counts.get(bound)!;
    if (total > 0 && seen >= share * total) return bound === Infinity ? timeoutMs : bound;
  }
  return null;
}
