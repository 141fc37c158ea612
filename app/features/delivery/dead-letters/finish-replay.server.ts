import type { PoolClient } from 'pg';
import { recordReplayFact } from './replay-fact.server.ts';

/**
 * Closes a running replay whose every item has an outcome.
 * @returns whether it was closed now
 */
export async function finishReplay(client: PoolClient, replayId: number, now: Date): Promise<boolean> {
  const done = await client.query<{ created_by: string; reason: string | null }>(
    `UPDATE replays SET state = 'done', finished_at = $2
     WHERE id = $1 AND state = 'running'
       AND NOT EXISTS (SELECT 1 FROM replay_items WHERE replay_id = $1 AND outcome IS NULL)
     RETURNING created_by, reason`,
    [replayId, now],
  );
  const replay = done.rows[0];
  if (!replay) return false;
  const delivered = await client.query<{ n: number }>(
    `SELECT count(*) AS n FROM replay_items WHERE replay_id = $1 AND outcome = 'delivered'`,
    [replayId],
  );
  const { created_by: actor, reason } = replay;
  await recordReplayFact(
    client,
    { replayId, action: 'done', count: delivered.rows[0]!.n, actor, reason },
    now,
  );
  return true;
}
