import type { PoolClient } from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { factType } from '../../facts/record-fact.server.ts';
import { stillRejects } from '../fresh-refusals.ts';
import { DEFAULT_RATE, readFreshRefusals } from './plan-replay.server.ts';
import { fromDeadLetters, selectionCondition } from '../dead-letters/selection-sql.server.ts';
import { briefSelection, type Selection } from '../dead-letters/selection.ts';
import { recordReplayFact } from './replay-items.server.ts';

export interface ReplayRequest {
  selection: Selection;
  actor: Actor;
  reason?: string;
  /** `careful`: 5 first, on only if they succeed, stops by itself when more than half of the last 20 fail. */
  mode: 'normal' | 'careful';
  /** Entries released a second; null for as fast as possible. Default: 50 for several entries, none for one. */
  ratePerSecond?: number | null;
  /** Leaves out entries whose conversation a person has answered since. */
  skipAnswered: boolean;
  now: Date;
}

export type ReplayOutcome =
  | { outcome: 'started'; replayId: number; total: number; alreadyReplayed: number }
  | { outcome: 'already_replayed'; ids: number[] }
  | { outcome: 'discarded'; ids: number[] }
  | { outcome: 'not_found' }
  | { outcome: 'nothing_to_replay' }
  /** Several at once, not carefully, while the Agent service rejects what it is sent; `refused` within 10 minutes. */
  | { outcome: 'still_rejects'; refused: number };

/**
 * Starts a background replay. One conditional update claims the entries that are open and in no other replay, so
 * of two clicks on the same entry, also at the same moment, the second finds nothing: `already_replayed`.
 * The entries stay dead letters until `tickReplays` releases them.
 */
export async function replayDeadLetters(services: Services, request: ReplayRequest): Promise<ReplayOutcome> {
  const result = await inTransaction(
    services.db.pool,
    (client) => start(client, request),
    (outcome) => outcome.outcome !== 'started',
  );
  if (result.outcome === 'started') {
    services.changes.announce('work');
    services.changes.announce('page');
  }
  return result;
}

async function start(client: PoolClient, request: ReplayRequest): Promise<ReplayOutcome> {
  const { selection, actor, mode, skipAnswered, now } = request;
  const reason = request.reason?.trim() || null;
  const created = await client.query<{ id: number }>(
    `INSERT INTO replays (created_at, created_by, reason, mode, skip_answered, selection, total, allowance, ticked_at)
     VALUES ($1, $2, $3, $4, $5, $6, 0, 1, $1) RETURNING id`,
    [now, actor.name, reason, mode, skipAnswered, storableJson(selection)],
  );
  const replayId = created.rows[0]!.id;
  const total = await claim(client, replayId, selection);
  const left =
    'ids' in selection && total === selection.ids.length
      ? null
      : await unclaimedIds(client, selection, replayId);
  if (total === 0) return nothingClaimed(left);
  if (total > 1 && mode === 'normal') {
    const refusals = await readFreshRefusals(client, now);
    if (stillRejects(refusals)) return { outcome: 'still_rejects', refused: refusals.refused };
  }
  const rate = request.ratePerSecond === undefined && total > 1 ? DEFAULT_RATE : request.ratePerSecond;
  await client.query('UPDATE replays SET total = $2, rate_per_second = $3 WHERE id = $1', [
    replayId,
    total,
    rate ?? null,
  ]);
  await recordReplayFact(
    client,
    { replayId, action: 'created', count: total, actor: actor.name, reason },
    now,
  );
  await recordAudit(client, {
    actor,
    action: 'dead_letters.replay',
    target: `replay ${replayId}`,
    before: { deadLetters: total, replay: null },
    after: {
      deadLetters: total,
      replay: replayId,
      selection: briefSelection(selection),
      mode,
      ratePerSecond: rate ?? null,
      skipAnswered,
    },
    reason,
    at: now,
  });
  return { outcome: 'started', replayId, total, alreadyReplayed: left?.replayed.length ?? 0 };
}

/**
 * Locks in order of receipt, so that two overlapping replays wait for each other instead of deadlocking. It will release in
 * that order too, but the messages of a conversation take their places there in the order in which they were written.
 */
async function claim(client: PoolClient, replayId: number, selection: Selection): Promise<number> {
  const condition = selectionCondition(selection, 2);
  const claimed = await client.query<{ n: number }>(
    `WITH open AS (
       SELECT d.seq, d.dead_fact_id FROM ${fromDeadLetters(condition)}
       WHERE d.state = 'dead' AND d.replay_id IS NULL AND ${condition.text}
       ORDER BY d.seq FOR UPDATE OF d
     ), claimed AS (
       UPDATE deliveries d SET replay_id = $1 FROM open o
       WHERE d.seq = o.seq AND d.state = 'dead' AND d.replay_id IS NULL AND d.dead_fact_id = o.dead_fact_id
       RETURNING d.seq, d.dead_fact_id, d.conversation_key, d.message_at, d.message_id, d.event
     ), ranked AS (
       SELECT *, row_number() OVER (messages ORDER BY seq) AS place,
         row_number() OVER (messages ORDER BY message_at, message_id, event <> 'message_created', seq) AS written
       FROM claimed WHERE message_at IS NOT NULL WINDOW messages AS (PARTITION BY conversation_key)
     ), listed AS (
       INSERT INTO replay_items (replay_id, seq, dead_fact_id, position)
       SELECT $1, seq, dead_fact_id, seq FROM claimed WHERE message_at IS NULL
       UNION ALL
       SELECT $1, r.seq, r.dead_fact_id, p.seq
       FROM ranked r JOIN ranked p ON (p.conversation_key, p.place) = (r.conversation_key, r.written)
     )
     SELECT count(*) AS n FROM claimed`,
    [replayId, ...condition.values],
  );
  return claimed.rows[0]!.n;
}

function nothingClaimed(left: UnclaimedIds | null): ReplayOutcome {
  const { noneExists = false, replayed = [], discarded = [] } = left ?? {};
  if (noneExists) return { outcome: 'not_found' };
  if (replayed.length > 0) return { outcome: 'already_replayed', ids: replayed };
  if (discarded.length > 0) return { outcome: 'discarded', ids: discarded };
  return { outcome: 'nothing_to_replay' };
}

interface UnclaimedIds {
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
async function unclaimedIds(
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
