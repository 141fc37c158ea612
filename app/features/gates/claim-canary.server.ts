import type { Pool } from 'pg';
import type { CanaryRow } from './canary-row.ts';

/**
 * Takes the canary that is to be looked at, if there is one that no living process has: a claim holds while its
 * process's heartbeat is fresh, as a lease does.
 */
export async function claimCanary(pool: Pool, owner: string, now: Date): Promise<CanaryRow | null> {
  const { rows } = await pool.query<CanaryRow>(
    `UPDATE canary_runs SET owner = $1, claimed_at = $2
     WHERE id = (
       SELECT id FROM canary_runs r
       WHERE state <> 'done' AND due_at <= $2
         AND (owner IS NULL OR owner = $1 OR NOT EXISTS (
           SELECT 1 FROM processes p WHERE p.id = r.owner AND p.last_seen > now() - interval '8 seconds'))
       ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING id, started_at, started_by, state, outcome, step, step_started_at, step_problem, inbox_id, inbox_identifier,
       source_id, conversation_id, conversation_key, message_id, draft_id, approved_by, reply_id`,
    [owner, now],
  );
  return rows[0] ?? null;
}
