import type pg from 'pg';
import { storableJson } from '../../lib/storable.ts';

const WIDTHS = { second: '1 second', minute: '1 minute', ten_minutes: '10 minutes', hour: '1 hour' };

type Resolution = keyof typeof WIDTHS | 'total';

/** What most counts are kept in; see docs/decisions/0003-tables.md. */
export const RESOLUTIONS = ['minute', 'ten_minutes', 'hour', 'total'] as const;

/**
 * SQL: the rows `(resolution, bucket)` in which something is counted that happened then, in brackets.
 * @param at an SQL expression, timestamptz
 */
export const bucketsOf = (at: string, resolutions: readonly Resolution[] = RESOLUTIONS): string => {
  const rows = resolutions.map((resolution) =>
    resolution === 'total'
      ? `('total', 'epoch'::timestamptz)`
      : `('${resolution}', date_bin('${WIDTHS[resolution]}', ${at}, 'epoch'))`,
  );
  return `(VALUES ${rows.join(', ')})`;
};

/**
 * A statement that adds to the counts, also within a larger one. Every process upserts in one order, so that two batches
 * cannot wait for each other in a circle.
 * @param counts a query of `resolution, bucket, metric, label, n`, ordered by its key
 */
export const addToRollups = (counts: string): string =>
  `INSERT INTO fact_rollups (resolution, bucket, metric, label, n) ${counts}
  ON CONFLICT (resolution, metric, bucket, label) DO UPDATE SET n = fact_rollups.n + excluded.n`;

/**
 * Upper bounds of the buckets of the time from a message's `created_at` to its webhook, ms. Those of a minute and of five
 * minutes are among them, because rules fire there; beyond a day (`older`) it is no queue but history that somebody brings in.
 */
const DELAY_BOUNDS_MS = [
  100, 250, 500, 1000, 2000, 3000, 5000, 7500, 10_000, 15_000, 20_000, 30_000, 45_000, 60_000, 75_000, 90_000,
  105_000, 120_000, 150_000, 180_000, 210_000, 240_000, 270_000, 300_000, 360_000, 420_000, 480_000, 540_000,
  600_000, 900_000, 1_200_000, 1_800_000, 2_700_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 57_600_000,
  86_400_000,
] as const;

/** A message's `message_created` that came. */
export interface Arrival {
  /** When Chatwoot says that it was written. */
  createdAt: Date;
  receivedAt: Date;
}

const COUNT = addToRollups(`
SELECT r.resolution, r.bucket, 'arrival', d.bound, count(*)
FROM (
  SELECT received_at, COALESCE(($2::bigint[])[width_bucket(GREATEST(0, delay + ahead)::bigint, $2::bigint[]) + 1]::text, 'older') AS bound
  FROM json_to_recordset($1::json) AS i(received_at timestamptz, delay bigint),
    (SELECT COALESCE(max(ahead_ms), 0) AS ahead FROM chatwoot_clock) clock
) d, LATERAL ${bucketsOf('received_at', ['second', 'minute', 'ten_minutes', 'hour'])} r(resolution, bucket)
GROUP BY 1, 2, 4 ORDER BY 1, 2, 4`);

/**
 * Counts message webhooks by how long after its message each came (`fact_rollups`, metric `arrival`), one statement a batch.
 * The seconds tell when the last one came. Chatwoot's clock is reckoned with, as far as it is measured.
 */
export async function countArrivals(client: pg.ClientBase, arrivals: readonly Arrival[]): Promise<void> {
  if (arrivals.length === 0) return;
  const rows = arrivals.map(({ createdAt, receivedAt }) => ({
    received_at: receivedAt,
    delay: receivedAt.getTime() - createdAt.getTime(),
  }));
  await client.query({
    name: 'count-arrivals',
    text: COUNT,
    values: [storableJson(rows), DELAY_BOUNDS_MS],
  });
}
