import type pg from 'pg';

const DAY_MS = 86_400_000;
/** Comparisons that found nothing, and gaps, in days. */
const RUNS_KEPT = 30;

/** Removes comparisons that found nothing and gaps when they are old. The newest that is whole stays: the next begins there. */
export async function pruneArrival(pool: pg.Pool, now: Date): Promise<void> {
  const before = new Date(now.getTime() - RUNS_KEPT * DAY_MS);
  await pool.query(
    `DELETE FROM reconciliation_items WHERE reconciliation_id IN (
       SELECT id FROM reconciliations WHERE state = 'failed' AND finished_at < $1)`,
    [before],
  );
  await pool.query(
    `DELETE FROM reconciliations r WHERE state <> 'running' AND finished_at < $1
       AND NOT EXISTS (SELECT FROM reconciled_messages m WHERE m.reconciliation_id = r.id)
       AND until < (SELECT max(until) FROM reconciliations WHERE state = 'done' AND NOT partial)`,
    [before],
  );
  await pool.query('DELETE FROM arrival_gaps WHERE ended_at < $1', [before]);
}
