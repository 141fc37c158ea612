import type { PrismaClient } from '../../generated/prisma/client.ts';
import { type AttemptOutcome, isRetryable } from '../../lib/http/attempt-outcome.ts';
import type { BucketCounts } from './figures.ts';
import { successRatio } from './judge-figures.ts';
import type { ChartPoint, Range } from './overview-view.ts';
import { percentile } from './tiles/trend.ts';

interface Row {
  bucket: Date;
  accepted: number;
  fetched: number;
  duplicates: number;
  attempts: Record<string, number> | null;
  delivered: number;
  dead: number;
  late: number;
  outOfOrder: number;
  latency: Record<string, number> | null;
  rejected: Record<string, number> | null;
}

/**
 * Counts of a range from the rollups: a few walks in the primary key, at most one row for each label and bucket of
 * the range, however long the history is.
 * @returns every bucket of the range, oldest first
 */
export async function readBuckets(
  prisma: PrismaClient,
  range: RangeBuckets,
  now: Date,
): Promise<BucketCounts[]> {
  const rows = await prisma.$queryRaw<Row[]>`
    SELECT bucket,
      COALESCE(sum(n) FILTER (WHERE metric = 'received' AND label = 'accepted'), 0)::float8 AS accepted,
      COALESCE(sum(n) FILTER (WHERE metric = 'received' AND label = 'fetched'), 0)::float8 AS fetched,
      COALESCE(sum(n) FILTER (WHERE metric = 'received' AND label = 'duplicate'), 0)::float8 AS duplicates,
      COALESCE(sum(n) FILTER (WHERE metric = 'run' AND label = 'delivered'), 0)::float8 AS delivered,
      COALESCE(sum(n) FILTER (WHERE metric = 'run' AND label = 'dead'), 0)::float8 AS dead,
      COALESCE(sum(n) FILTER (WHERE metric = 'late_answer'), 0)::float8 AS late,
      COALESCE(sum(n) FILTER (WHERE metric = 'order' AND label = 'late'), 0)::float8 AS "outOfOrder",
      jsonb_object_agg(label, n) FILTER (WHERE metric = 'attempt') AS attempts,
      jsonb_object_agg(label, n) FILTER (WHERE metric = 'latency') AS latency,
      jsonb_object_agg(label, n) FILTER (WHERE metric = 'rejected') AS rejected
    FROM fact_rollups
    WHERE resolution = ${range.resolution} AND metric IN ('received', 'run', 'attempt', 'latency', 'rejected', 'late_answer', 'order')
      AND bucket >= ${rangeStart(range, now)}::timestamptz
    GROUP BY bucket`;
  return everyBucket(rows.map(bucketOf), range, now);
}

function bucketOf({ bucket, attempts, latency, rejected, ...counts }: Row): BucketCounts {
  const totals = { ok: 0, retried: 0, failed: 0 };
  for (const [outcome, n] of Object.entries(attempts ?? {})) {
    const kind = kindOf(outcome as AttemptOutcome);
    if (kind) totals[kind] += n;
  }
  return { at: bucket, ...counts, ...totals, latency: latency ?? {}, rejected: rejected ?? {} };
}

/** An interrupted attempt has no result and is in none of the counts. */
function kindOf(outcome: AttemptOutcome): 'ok' | 'retried' | 'failed' | null {
  if (outcome === 'ok') return 'ok';
  if (outcome === 'interrupted') return null;
  return isRetryable(outcome) ? 'retried' : 'failed';
}

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
    fetched: 0,
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
