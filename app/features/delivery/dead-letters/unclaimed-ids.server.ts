import type { PoolClient } from 'pg';
import { fromDeadLetters, selectionCondition } from './selection-sql.server.ts';
import type { Selection } from './selection.ts';
import { factType } from '../../facts/fact-sql.ts';

export interface UnclaimedIds {
  /** None of the numbers is a dead letter's. */
  noneExists: boolean;
  replayed: number[];
  discarded: number[];
}

/** Numbers in an answer; nobody reads more. */
const MAX_NAMED = 100;

/**
 * Why entries of a selection were not claimed by a replay: replayed before (or in another replay now), or discarded.
 * @param replayId the replay whose own entries are left out
 */
export async function unclaimedIds(
  client: PoolClient,
  selection: Selection,
  replayId: number,
): Promise<UnclaimedIds> {
  if (!('ids' in selection)) {
    const condition = selectionCondition(selection, 3);
    const busy = await client.query<{ id: number }>(
      `SELECT d.dead_fact_id AS id FROM ${fromDeadLetters(condition)}
       WHERE d.state = 'dead' AND d.replay_id IS NOT NULL AND d.replay_id <> $1 AND ${condition.text}
       ORDER BY d.dead_fact_id LIMIT $2`,
      [replayId, MAX_NAMED, ...condition.values],
    );
    return { noneExists: false, replayed: busy.rows.map((row) => row.id), discarded: [] };
  }
  const { rows } = await client.query<{ id: number; discarded: boolean; mine: boolean }>(
    `SELECT f.id, COALESCE(d.state = 'discarded' AND d.dead_fact_id = f.id, false) AS discarded,
       COALESCE(d.replay_id = $2 AND d.dead_fact_id = f.id, false) AS mine
     FROM dashboard_facts f LEFT JOIN deliveries d ON d.seq = (f.metadata->>'seq')::bigint
     WHERE f.id = ANY($1::bigint[]) AND f.fact_type = ${factType('support.webhook.dead_letter')} ORDER BY f.id`,
    [selection.ids, replayId],
  );
  const others = rows.filter((row) => !row.mine);
  return {
    noneExists: rows.length === 0,
    replayed: others.filter((row) => !row.discarded).map((row) => row.id),
    discarded: others.filter((row) => row.discarded).map((row) => row.id),
  };
}
