import type { PoolClient } from 'pg';

export interface Released {
  /** Items dealt with: released, skipped or found taken away. */
  taken: number;
  /** Deliveries that are pending again. */
  released: number;
  /** Whether there are items not yet dealt with. */
  more: boolean;
}

interface Item {
  seq: number;
  dead_fact_id: number;
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
  const items = await nextItems(client, replayId, atMost + 1);
  const next = items.slice(0, atMost);
  const more = items.length > atMost;
  if (next.length === 0) return { taken: 0, released: 0, more };
  const answered = skipAnswered ? await answeredSince(client, next) : new Set<number>();
  const released = await change(
    client,
    RELEASE,
    replayId,
    next.filter((item) => !answered.has(item.seq)),
    now,
  );
  const skipped = await change(
    client,
    GIVE_BACK,
    replayId,
    next.filter((item) => answered.has(item.seq)),
    now,
  );
  await client.query(
    `UPDATE replay_items i
     SET released_at = CASE WHEN i.seq = ANY($3::bigint[]) THEN $5::timestamptz END,
       outcome = CASE WHEN i.seq = ANY($3) THEN NULL WHEN i.seq = ANY($4::bigint[]) THEN 'skipped' ELSE 'discarded' END,
       finished_at = CASE WHEN i.seq = ANY($3) THEN NULL ELSE $5::timestamptz END
     WHERE i.replay_id = $1 AND i.seq = ANY($2::bigint[]) AND i.released_at IS NULL AND i.outcome IS NULL`,
    [replayId, next.map((item) => item.seq), released, skipped, now],
  );
  return { taken: next.length, released: released.length, more };
}

async function nextItems(client: PoolClient, replayId: number, limit: number): Promise<Item[]> {
  const { rows } = await client.query<Item>(
    `SELECT seq, dead_fact_id FROM replay_items
     WHERE replay_id = $1 AND released_at IS NULL AND outcome IS NULL ORDER BY position LIMIT $2`,
    [replayId, limit],
  );
  return rows;
}

/** Events of conversations in which an agent replied after them. */
async function answeredSince(client: PoolClient, items: Item[]): Promise<Set<number>> {
  const { rows } = await client.query<{ seq: number }>(
    `SELECT d.seq FROM deliveries d WHERE d.seq = ANY($1::bigint[]) AND EXISTS (
       SELECT 1 FROM deliveries a
       WHERE a.conversation_key = d.conversation_key AND a.seq > d.seq AND a.signal = 'agent_reply')`,
    [items.map((item) => item.seq)],
  );
  return new Set(rows.map((row) => row.seq));
}

const RELEASE = `state = 'pending', run = d.run + 1, attempts = 0, due_at = $4, run_started_at = $4,
  finished_at = NULL, dead_fact_id = NULL`;
const GIVE_BACK = `replay_id = NULL`;

/** @returns the events that were this replay's dead letters and are changed now */
async function change(
  client: PoolClient,
  assignment: typeof RELEASE | typeof GIVE_BACK,
  replayId: number,
  items: Item[],
  now: Date,
): Promise<number[]> {
  if (items.length === 0) return [];
  const parameters = [replayId, items.map((item) => item.seq), items.map((item) => item.dead_fact_id)];
  const { rows } = await client.query<{ seq: number }>(
    `UPDATE deliveries d SET ${assignment}
     FROM unnest($2::bigint[], $3::bigint[]) AS n (seq, dead_fact_id)
     WHERE d.seq = n.seq AND d.state = 'dead' AND d.replay_id = $1 AND d.dead_fact_id = n.dead_fact_id
     RETURNING d.seq`,
    assignment === RELEASE ? [...parameters, now] : parameters,
  );
  return rows.map((row) => row.seq);
}
