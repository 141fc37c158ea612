import type { PoolClient } from 'pg';

/**
 * Gives a replay's unreleased entries back: they are open dead letters again, as they were.
 * The caller holds the lock of the replay's row.
 * @returns how many
 */
export async function giveBack(client: PoolClient, replayId: number, now: Date): Promise<number> {
  const given = await client.query(
    `WITH back AS (
       UPDATE replay_items SET outcome = 'cancelled', finished_at = $2
       WHERE replay_id = $1 AND released_at IS NULL AND outcome IS NULL RETURNING seq
     )
     UPDATE deliveries d SET replay_id = NULL FROM back b
     WHERE d.seq = b.seq AND d.state = 'dead' AND d.replay_id = $1`,
    [replayId, now],
  );
  return given.rowCount ?? 0;
}
