import type { Pool, PoolClient } from 'pg';
import { recordFact } from '../../facts/record-fact.server.ts';
import { isSameConversation } from '../next-of-conversation.ts';
import type { CarefulState } from './replay-pace.ts';

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
  const isAnswered = ({ seq }: Item) => answered.has(seq);
  const sent = next.filter((item) => !isAnswered(item));
  const released = await change(client, RELEASE, replayId, sent, now);
  const skipped = await change(client, GIVE_BACK, replayId, next.filter(isAnswered), now);
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
       WHERE ${isSameConversation('d', 'a')} AND a.seq > d.seq AND a.signal = 'agent_reply')`,
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

export interface ReplayFact {
  replayId: number;
  action: 'created' | 'paused' | 'resumed' | 'cancelled' | 'stopped' | 'done';
  /** Entries the action is about. */
  count: number;
  actor: string;
  reason: string | null;
}

/** Writes the fact of a replay's change; pass the client of the transaction that makes the change. */
export async function recordReplayFact(db: Pool | PoolClient, fact: ReplayFact, now: Date): Promise<void> {
  const { replayId, action, count, actor, reason } = fact;
  await recordFact(db, {
    type: 'support.webhook.replay',
    value: { replayId, action, count },
    metadata: { actor, reason },
    now,
  });
}
