import type { BucketCounts } from './figures.ts';
import type { ChartPoint, Range } from './overview.ts';
import { percentile } from './percentile.ts';
import { successRatio } from './windows.ts';

export interface RangeBuckets {
  /** `resolution` of fact_rollups. */
  resolution: 'minute' | 'ten_minutes' | 'hour';
  bucketMs: number;
  count: number;
}

/** A range in buckets: as many points as a chart can show without crowding. */
export const RANGES: Record<Range, RangeBuckets> = {
  '1h': { resolution: 'minute', bucketMs: 60_000, count: 60 },
  '24h': { resolution: 'ten_minutes', bucketMs: 600_000, count: 144 },
  '7d': { resolution: 'hour', bucketMs: 3_600_000, count: 168 },
};

/** Start of the oldest bucket; the newest is the one `now` lies in. */
export function rangeStart({ bucketMs, count }: RangeBuckets, now: Date): Date {
  const current = Math.floor(now.getTime() / bucketMs) * bucketMs;
  return new Date(current - (count - 1) * bucketMs);
}

/** All buckets of the range, oldest first: those without a row counted nothing. */
export function everyBucket(rows: readonly BucketCounts[], range: RangeBuckets, now: Date): BucketCounts[] {
  const found = new Map(rows.map((row) => [row.at.getTime(), row]));
  const start = rangeStart(range, now).getTime();
  return Array.from({ length: range.count }, (_, index) => {
    const at = start + index * range.bucketMs;
    return found.get(at) ?? emptyBucket(new Date(at));
  });
}

export function emptyBucket(at: Date): BucketCounts {
  return {
    at,
    accepted: 0,
    duplicates: 0,
    ok: 0,
    retried: 0,
    failed: 0,
    delivered: 0,
    dead: 0,
    latency: {},
    rejected: {},
    late: 0,
    outOfOrder: 0,
  };
}

/**
 * Points of the charts. `delivered`, `retried` and `failed` are attempts by result: accepted, failed in a way that
 * may pass, failed for good; attempts without a result are in none of them.
 */
export function chartOf(buckets: readonly BucketCounts[], timeoutMs: number): ChartPoint[] {
  return buckets.map((bucket) => ({
    at: bucket.at.toISOString(),
    delivered: bucket.ok,
    retried: bucket.retried,
    failed: bucket.failed,
    successRatio: successRatio({ ok: bucket.ok, failed: bucket.retried + bucket.failed }),
    p50: percentile([bucket], 0.5, timeoutMs),
    p95: percentile([bucket], 0.95, timeoutMs),
  }));
}
