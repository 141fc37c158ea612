import type pg from 'pg';

/** How long the counts of each resolution are kept: a little longer than the charts that read them look back. */
const KEPT = { second: '10 minutes', minute: '8 days', ten_minutes: '60 days' };

/** Deletes counts that no chart reads any more. Hours and totals stay for ever. */
export async function pruneRollups(pool: pg.Pool, now: Date): Promise<void> {
  for (const [resolution, age] of Object.entries(KEPT)) {
    await pool.query('DELETE FROM fact_rollups WHERE resolution = $1 AND bucket < $2::timestamptz - $3::interval', [
      resolution,
      now,
      age,
    ]);
  }
}
