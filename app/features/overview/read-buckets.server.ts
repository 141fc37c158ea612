import type { PrismaClient } from '../../generated/prisma/client.ts';
import { isRetryable, type AttemptOutcome } from '../../lib/attempt-outcome.ts';
import { everyBucket, rangeStart, type RangeBuckets } from './chart.ts';
import type { BucketCounts } from './figures.ts';

interface Row {
  bucket: Date;
  accepted: number;
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
