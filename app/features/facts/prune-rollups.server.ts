import type { Pool } from 'pg';

/** How long each resolution is kept: longer than anything that reads it looks back. Totals stay. */
const KEPT = { second: '10 minutes', minute: '8 days', ten_minutes: '60 days', hour: '1100 days' };

/** Rows a statement deletes, so that none holds its locks for long. */
const BATCH = 10_000;

/**
 * Deletes counts that nothing reads any more.
 * @returns how many rows went
 */
export async function pruneRollups(pool: Pool, now: Date): Promise<number> {
  let pruned = 0;
  for (const [resolution, kept] of Object.entries(KEPT)) {
    for (let deleted = BATCH; deleted === BATCH; pruned += deleted) {
      const result = await pool.query(
        `DELETE FROM fact_rollups WHERE ctid = ANY(ARRAY(
           SELECT ctid FROM fact_rollups
           WHERE resolution = $1 AND bucket < $2::timestamptz - $3::interval LIMIT $4))`,
        [resolution, now, kept, BATCH],
      );
      deleted = result.rowCount ?? 0;
    }
  }
  return pruned;
}
