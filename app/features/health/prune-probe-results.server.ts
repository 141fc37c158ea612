import type pg from 'pg';

/** Single results are kept this long, days; the days' counts are kept for good. */
const KEPT_DAYS = 8;

/** @returns how many results were removed */
export async function pruneProbeResults(pool: pg.Pool, now: Date): Promise<number> {
  const { rowCount } = await pool.query('DELETE FROM probe_results WHERE at < $1', [
    new Date(now.getTime() - KEPT_DAYS * 24 * 3_600_000),
  ]);
  return rowCount ?? 0;
}
