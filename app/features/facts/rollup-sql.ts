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
