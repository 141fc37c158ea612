import type { PoolClient } from 'pg';

export interface Released {
  /** Items dealt with: released, skipped or found taken away. */
  taken: number;
  /** Deliveries that are pending again. */
  released: number;
  /** Whether there are items not yet dealt with. */
  more: boolean;
}

/**
 * Deals with the next items of a replay, oldest event first: `dead → pending` with `run + 1` and a fresh attempt
 * budget; answered ones, if they are to be skipped, are given back; ones that are no longer this replay's dead
 * letters were taken away by a discard. The caller holds the lock of the replay's row.
 */
export async function releaseItems(
  client: PoolClient,
  options: { replayId: number; atMost: number; skipAnswered: boolean; now: Date },
): Promise<Released> {
  const { replayId, atMost, skipAnswered, now } = options;
  const { rows } = await client.query<Released>(
    `WITH next AS (
       SELECT i.seq, i.dead_fact_id FROM replay_items i
       WHERE i.replay_id = $1 AND i.released_at IS NULL AND i.outcome IS NULL ORDER BY i.seq LIMIT $2
     ), judged AS (
       SELECT n.seq, n.dead_fact_id, $3::boolean AND EXISTS (
         SELECT 1 FROM deliveries a
         WHERE a.conversation_key = d.conversation_key AND a.seq > d.seq AND a.signal = 'agent_reply') AS answered
       FROM next n JOIN deliveries d ON d.seq = n.seq
     ), released AS (
       UPDATE deliveries d
       SET state = 'pending', run = d.run + 1, attempts = 0, due_at = $4, run_started_at = $4,
         finished_at = NULL, dead_fact_id = NULL
       FROM judged j
       WHERE NOT j.answered AND d.seq = j.seq
         AND d.state = 'dead' AND d.replay_id = $1 AND d.dead_fact_id = j.dead_fact_id
       RETURNING d.seq
     ), skipped AS (
       UPDATE deliveries d SET replay_id = NULL FROM judged j
       WHERE j.answered AND d.seq = j.seq
         AND d.state = 'dead' AND d.replay_id = $1 AND d.dead_fact_id = j.dead_fact_id
       RETURNING d.seq
     ), marked AS (
       UPDATE replay_items i
       SET released_at = CASE WHEN r.seq IS NOT NULL THEN $4::timestamptz END,
         outcome = CASE WHEN r.seq IS NOT NULL THEN NULL WHEN s.seq IS NOT NULL THEN 'skipped' ELSE 'discarded' END,
         finished_at = CASE WHEN r.seq IS NULL THEN $4::timestamptz END
       FROM next n LEFT JOIN released r ON r.seq = n.seq LEFT JOIN skipped s ON s.seq = n.seq
       WHERE i.replay_id = $1 AND i.seq = n.seq AND i.released_at IS NULL AND i.outcome IS NULL
     )
     SELECT (SELECT count(*) FROM next) AS taken, (SELECT count(*) FROM released) AS released,
       EXISTS (SELECT 1 FROM replay_items i
         WHERE i.replay_id = $1 AND i.released_at IS NULL AND i.outcome IS NULL
         ORDER BY i.seq OFFSET (SELECT count(*) FROM next)) AS more`,
    [replayId, atMost, skipAnswered, now],
  );
  return rows[0]!;
}
