import type { PoolClient } from 'pg';
import { z } from 'zod';
import { text } from '../../../lib/http/form-fields.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { insertFacts } from '../../facts/record-fact.server.ts';
import { fromDeadLetters, selectionCondition } from './selection-sql.server.ts';
import { briefSelection, MAX_AUDITED, type Selection, selectionFields, targetOf } from './selection.ts';

/** Fields of a discard, and of taking one back. */
export const DISCARD_FIELDS = selectionFields.extend({ reason: text('Why.') });
export const RESTORE_FIELDS = z.object({
  id: selectionFields.shape.id.min(1),
  reason: z.string().optional().describe('Why, for the audit log.'),
});

export type DiscardOutcome =
  | { outcome: 'discarded'; count: number; inReplay: number }
  | { outcome: 'reason_missing' }
  /** A running replay has all of them: pause or cancel it first. */
  | { outcome: 'in_replay'; replayIds: number[] }
  /** None of them is an open dead letter: replayed, discarded already, or never there. */
  | { outcome: 'nothing_to_discard' };

interface DiscardRequest {
  selection: Selection;
  actor: Actor;
  reason: string;
  now: Date;
}

/**
 * Puts dead letters away for good reason, by a named person. They are kept and listed, and can be restored.
 * Entries that a running replay has claimed are left alone; those of a paused one are taken out of it.
 */
export async function discardDeadLetters(
  services: Services,
  request: DiscardRequest,
): Promise<DiscardOutcome> {
  const reason = request.reason.trim();
  if (!reason) return { outcome: 'reason_missing' };
  const trimmed = { ...request, reason };
  const outcome = await inTransaction(services.db.pool, (client) => discardFree(client, trimmed));
  if (outcome.outcome === 'discarded') services.changes.announce('page');
  return outcome;
}

async function discardFree(client: PoolClient, request: DiscardRequest): Promise<DiscardOutcome> {
  const { selection, actor, reason, now } = request;
  const replays = await lockReplays(client, selection);
  const paused = replays.filter((replay) => replay.state !== 'running').map((replay) => replay.id);
  const { count, taken, ids } = await discard(client, request, paused);
  const running = replays.filter((replay) => replay.state === 'running');
  const inReplay = running.reduce((sum, replay) => sum + replay.entries, 0);
  if (count === 0)
    return inReplay > 0
      ? { outcome: 'in_replay', replayIds: running.map((replay) => replay.id) }
      : { outcome: 'nothing_to_discard' };
  await recordAudit(client, {
    actor,
    action: 'dead_letters.discard',
    target: targetOf(ids, count),
    before: { state: 'dead', count, ids, inPausedReplays: taken },
    after: { state: 'discarded', count, selection: briefSelection(selection) },
    reason,
    at: now,
  });
  return { outcome: 'discarded', count, inReplay };
}

/** Locks the replays that have claimed some of the entries, so that none is resumed or ticked meanwhile. */
async function lockReplays(client: PoolClient, selection: Selection) {
  const condition = selectionCondition(selection, 1);
  const claimed = await client.query<{ replay_id: number; entries: number }>(
    `SELECT d.replay_id, count(*) AS entries FROM ${fromDeadLetters(condition)}
     WHERE d.state = 'dead' AND d.replay_id IS NOT NULL AND ${condition.text} GROUP BY d.replay_id`,
    condition.values,
  );
  const locked = await client.query<{ id: number; state: string }>(
    'SELECT id, state FROM replays WHERE id = ANY($1::bigint[]) ORDER BY id FOR SHARE',
    [claimed.rows.map((row) => row.replay_id)],
  );
  const entries = new Map(claimed.rows.map((row) => [row.replay_id, row.entries]));
  return locked.rows.map((row) => ({ ...row, entries: entries.get(row.id) ?? 0 }));
}

interface Discarded {
  count: number;
  /** How many of them were taken out of a paused replay. */
  taken: number;
  /** The first of them. */
  ids: number[];
}

async function discard(client: PoolClient, request: DiscardRequest, paused: number[]): Promise<Discarded> {
  const condition = selectionCondition(request.selection, 6);
  const { rows } = await client.query<Discarded>(
    `WITH picked AS (
       SELECT d.seq, d.replay_id, d.dead_fact_id FROM ${fromDeadLetters(condition)}
       WHERE d.state = 'dead' AND (d.replay_id IS NULL OR d.replay_id = ANY($4::bigint[])) AND ${condition.text}
       ORDER BY d.seq FOR UPDATE OF d
     ), discarded AS (
       UPDATE deliveries d
       SET state = 'discarded', discarded_by = $1, discard_reason = $2, finished_at = $3, replay_id = NULL
       FROM picked p WHERE d.seq = p.seq AND d.state = 'dead' AND d.dead_fact_id = p.dead_fact_id
       RETURNING d.seq, d.dead_fact_id, p.replay_id AS left_replay
     ), left_replays AS (
       UPDATE replay_items i SET outcome = 'discarded', finished_at = $3 FROM discarded x
       WHERE i.replay_id = x.left_replay AND i.seq = x.seq AND i.released_at IS NULL AND i.outcome IS NULL
     ), told AS (
       ${insertFacts('support.webhook.discard', {
         value: "jsonb_build_object('deadLetter', dead_fact_id, 'seq', seq)",
         metadata: "jsonb_build_object('actor', $1::text, 'reason', $2::text)",
         at: '$3',
       })}
       FROM discarded ORDER BY seq
     )
     SELECT count(*) AS count, count(left_replay) AS taken,
       (SELECT COALESCE(json_agg(id), '[]') FROM (SELECT dead_fact_id AS id FROM discarded ORDER BY seq LIMIT $5) few) AS ids
     FROM discarded`,
    [request.actor.name, request.reason, request.now, paused, MAX_AUDITED, ...condition.values],
  );
  return rows[0]!;
}

export type RestoreOutcome = { outcome: 'restored'; ids: number[] } | { outcome: 'not_discarded' };

interface RestoreRequest {
  ids: number[];
  actor: Actor;
  reason?: string;
  now: Date;
}

/**
 * Takes a discard back: the entries are open dead letters again, under the same numbers. Not when the message was removed
 * after the retention time: there would be nothing left to deliver.
 */
export async function restoreDeadLetters(
  services: Services,
  request: RestoreRequest,
): Promise<RestoreOutcome> {
  const ids = await inTransaction(services.db.pool, (client) => restore(client, request));
  if (ids.length === 0) return { outcome: 'not_discarded' };
  services.changes.announce('page');
  return { outcome: 'restored', ids };
}

async function restore(client: PoolClient, request: RestoreRequest): Promise<number[]> {
  const { actor, now } = request;
  const reason = request.reason?.trim() || null;
  const { rows } = await client.query<{ id: number; by: string; why: string }>(
    `WITH discarded AS (
       SELECT d.seq, d.dead_fact_id, d.discarded_by, d.discard_reason,
         COALESCE(f.recorded_at, d.finished_at) AS dead_at
       FROM deliveries d LEFT JOIN dashboard_facts f ON f.id = d.dead_fact_id
       WHERE d.state = 'discarded' AND d.dead_fact_id = ANY($1::bigint[]) AND d.text_removed_at IS NULL
       ORDER BY d.seq FOR UPDATE OF d
     ), restored AS (
       UPDATE deliveries d
       SET state = 'dead', discarded_by = NULL, discard_reason = NULL, finished_at = x.dead_at
       FROM discarded x
       WHERE d.seq = x.seq AND d.state = 'discarded' AND d.dead_fact_id = x.dead_fact_id
       RETURNING d.seq, d.dead_fact_id, x.discarded_by, x.discard_reason
     ), told AS (
       ${insertFacts('support.webhook.restore', {
         value: "jsonb_build_object('deadLetter', dead_fact_id, 'seq', seq)",
         metadata: "jsonb_build_object('actor', $2::text, 'reason', $3::text)",
         at: '$4',
       })}
       FROM restored ORDER BY seq
     )
     SELECT dead_fact_id AS id, discarded_by AS by, discard_reason AS why FROM restored ORDER BY dead_fact_id`,
    [request.ids, actor.name, reason, now],
  );
  const ids = rows.map((row) => row.id);
  if (rows.length > 0)
    await recordAudit(client, {
      actor,
      action: 'dead_letters.restore',
      target: targetOf(ids, ids.length),
      before: { state: 'discarded', count: ids.length, discards: rows.slice(0, MAX_AUDITED) },
      after: { state: 'dead', count: ids.length },
      reason,
      at: now,
    });
  return ids;
}
