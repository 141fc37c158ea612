import type pg from 'pg';

/** How long until it is tried again: the cure is a setting and a restart. */
const WAIT_SECONDS = 60;

/**
 * Gives back the leases of deliveries whose stored message cannot be decrypted and puts them off. They stay pending, and
 * so do the events after them in their conversations: with the key in place they are delivered, in order, by themselves.
 * `last_attempt_at` lets other events be probed with first.
 */
export async function postponeUnreadable(
  pool: pg.Pool,
  owner: string,
  seqs: readonly number[],
): Promise<void> {
  await pool.query(
    `WITH back AS (DELETE FROM leases WHERE owner = $1 AND seq = ANY($2::bigint[]))
     UPDATE deliveries SET due_at = now() + $3 * interval '1 second', last_attempt_at = now()
     WHERE seq = ANY($2::bigint[]) AND finished_at IS NULL`,
    [owner, seqs, WAIT_SECONDS],
  );
}
