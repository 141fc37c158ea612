import type pg from 'pg';

const DAY_MS = 86_400_000;
/** How long a late webhook or an old message may still be told from a new one, in days. */
const MESSAGES_KEPT = 90;
const SAMPLES_KEPT = 400;
/** Comparisons that found nothing, in days. */
const RUNS_KEPT = 30;

/**
 * Removes what is no longer looked at: samples and message numbers by age, and customers' names of conversations that have
 * been still for the retention time of message texts (0 keeps them).
 */
export async function pruneBacklog(
  pool: pg.Pool,
  { retentionDays, now }: { retentionDays: number; now: Date },
): Promise<void> {
  const before = (days: number) => new Date(now.getTime() - days * DAY_MS);
  await pool.query('DELETE FROM waiting_samples WHERE minute < $1', [before(SAMPLES_KEPT)]);
  await pool.query(
    `DELETE FROM inbox_messages
     WHERE seq < (SELECT seq FROM deliveries WHERE received_at >= $1 ORDER BY seq LIMIT 1)`,
    [before(MESSAGES_KEPT)],
  );
  await pool.query(
    `DELETE FROM reconciliation_items WHERE reconciliation_id IN (
       SELECT id FROM reconciliations WHERE state = 'failed' AND finished_at < $1)`,
    [before(RUNS_KEPT)],
  );
  await pool.query(
    `DELETE FROM reconciliations r WHERE state <> 'running' AND finished_at < $1
       AND NOT EXISTS (SELECT FROM reconciled_messages m WHERE m.reconciliation_id = r.id)
       AND until < (SELECT max(until) FROM reconciliations WHERE state = 'done' AND NOT partial)`,
    [before(RUNS_KEPT)],
  );
  await pool.query('DELETE FROM arrival_gaps WHERE ended_at < $1', [before(RUNS_KEPT)]);
  if (retentionDays > 0)
    await pool.query(
      `UPDATE conversations SET customer_name = NULL
       WHERE customer_name IS NOT NULL AND waiting_since IS NULL AND seen_at < $1`,
      [before(retentionDays)],
    );
}
