import type { PoolClient } from 'pg';
import type { CarefulState } from './replay-pace.ts';

/** What a careful replay decides by, counted from its items; `waiting` are the ones not yet released. */
export async function carefulState(
  client: PoolClient,
  replayId: number,
): Promise<CarefulState & { waiting: number }> {
  const { rows } = await client.query<CarefulState & { waiting: number }>(
    `WITH items AS (
       SELECT seq, outcome, released_at, finished_at FROM replay_items WHERE replay_id = $1
     ), first AS (
       SELECT outcome FROM items WHERE released_at IS NOT NULL ORDER BY released_at, seq LIMIT 5
     ), last AS (
       SELECT outcome FROM items WHERE outcome IN ('delivered', 'dead') ORDER BY finished_at DESC, seq DESC LIMIT 20
     )
     SELECT (SELECT count(*) FROM items WHERE released_at IS NOT NULL) AS released,
       (SELECT count(*) FROM items WHERE released_at IS NOT NULL AND outcome IS NULL) AS "inFlight",
       (SELECT count(*) FROM items WHERE released_at IS NULL AND outcome IS NULL) AS waiting,
       (SELECT count(*) FROM first WHERE outcome = 'delivered') AS "firstDelivered",
       (SELECT count(*) FROM first WHERE outcome = 'dead') AS "firstDead",
       (SELECT count(*) FROM last WHERE outcome = 'dead') AS "deadOfLast"`,
    [replayId],
  );
  return rows[0]!;
}
