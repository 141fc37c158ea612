import type pg from 'pg';
import type { ChatwootMessage } from '../../../lib/chatwoot/messages.server.ts';
import type { Queryable } from '../../../lib/database/queryable.server.ts';
import { type JsonRecord, textOf } from '../../../lib/json.ts';
import { storableJson } from '../../../lib/storable.ts';
import type { Services } from '../../../lib/services.server.ts';
import { saysDeleted } from '../../intake/deleted-messages.server.ts';
import { releaseMessages, letGo, withholdDeliveries } from '../../delivery/hold-messages.server.ts';
import { replyOfMessage } from '../../waiting/conversation-snapshot.ts';
import type { ComparisonRun } from './lost-webhook.ts';
import { OVERLAP_MS } from './decide-gap.ts';
import { MOST_AT_ONCE, whyWithheld, type WithheldReason } from './reconciliation-view.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

/** An event that was recorded a moment ago and is no news. */
export interface WithheldEvent {
  seq: number;
  key: string;
  event: string;
  reason: WithheldReason;
}

/** In the transaction that records them: none of them can have gone out. */
export async function withholdFound(
  client: pg.ClientBase,
  runId: number,
  events: readonly WithheldEvent[],
  now: Date,
): Promise<void> {
  if (events.length === 0) return;
  await withholdDeliveries(
    client,
    events.map(({ seq }) => seq),
    now,
  );
  await client.query(
    `INSERT INTO withheld_messages (seq, reconciliation_id, conversation_key, event, reason, withheld_at)
     SELECT seq, $2, key, event, reason, $3
     FROM json_to_recordset($1::json) AS i(seq bigint, key text, event text, reason text)`,
    [storableJson(events), runId, now],
  );
}

/**
 * At the end of a comparison, in its transaction: what was counted goes out if it is not too much at once, else somebody is
 * asked. What an earlier comparison that never ended had counted is counted with it.
 */
export async function settleCounted(client: pg.ClientBase, runId: number, now: Date): Promise<void> {
  const { rows } = await client.query<{ seq: number; key: string; event: string }>(
    `SELECT seq, conversation_key AS key, event FROM withheld_messages
     WHERE reason = 'counting' AND decided_at IS NULL AND NOT EXISTS (
       SELECT FROM reconciliations r WHERE r.id = reconciliation_id AND r.id <> $1 AND r.state IN ('running', 'paused'))
     ORDER BY seq FOR UPDATE`,
    [runId],
  );
  if (rows.length === 0) return;
  const seqs = rows.map(({ seq }) => seq);
  if (rows.filter(({ event }) => event === 'message_created').length > MOST_AT_ONCE) {
    await client.query(
      `UPDATE withheld_messages SET reason = 'many', reconciliation_id = $2 WHERE seq = ANY($1::bigint[])`,
      [seqs, runId],
    );
  } else {
    await letGo(client, seqs, now);
    await client.query('DELETE FROM withheld_messages WHERE seq = ANY($1::bigint[])', [seqs]);
  }
  await releaseMessages(
    client,
    rows.map(({ key }) => key),
  );
}

/** So many messages before one, by number, are looked at. */
const NEIGHBOURS = 200;
/** Numbers are given as messages are written, give or take this much. */
const ORDER_MARGIN = '1 hour';

/** What the inbox lacks of a conversation, as the API shows it. */
export interface MissingMessages {
  conversationId: ExactId;
  conversation: JsonRecord;
  messages: readonly ChatwootMessage[];
  missing: readonly ExactId[];
}

/** What of the missing goes out only when somebody says so, and why, by number. */
export async function judgeHistory(
  { db: { pool }, chatwootClock, config }: Services,
  run: Pick<ComparisonRun, 'id' | 'cause'>,
  { conversationId, conversation, messages, missing }: MissingMessages,
  now: Date,
): Promise<Map<ExactId, WithheldReason>> {
  const lost = messages.filter(({ id }) => missing.includes(id));
  const backdated = await findBackdated(pool, config.connection!.accountId, lost);
  const answers = messages.flatMap(({ raw }) => replyOfMessage(raw) ?? []);
  const context = {
    cause: run.cause,
    status: textOf(conversation.status),
    lastAnswer: answers.findLast(({ kind, failed }) => kind === 'agent' && !failed)?.messageId ?? null,
    comparedBefore: await readComparedBefore(pool, run, conversationId),
    now,
  };
  const judged = lost.flatMap(({ id, type, createdAt, raw }): [ExactId, WithheldReason][] => {
    const found = {
      id,
      createdAt: chatwootClock.here(createdAt),
      isOfCustomer: type === 'incoming',
      isBackdated: backdated.has(id),
      isDeleted: saysDeleted(raw),
    };
    const reason = whyWithheld(found, context);
    return reason ? [[id, reason]] : [];
  });
  return new Map(judged);
}

/**
 * Until when a conversation was compared before this comparison: what appears there afterwards was put in later. A time in
 * which it, or any page of the list, could not be read is not compared. By our clock; null: not known.
 */
async function readComparedBefore(
  db: Queryable,
  run: Pick<ComparisonRun, 'id'>,
  conversationId: ExactId,
): Promise<Date | null> {
  const { rows } = await db.query<{ at: Date | null }>(
    `SELECT LEAST(
       (SELECT max(until) FROM reconciliations WHERE state = 'done' AND NOT partial AND id <> $1),
       (SELECT min(since) FROM uncompared
        WHERE (conversation_id = $2 OR conversation_id IS NULL)
          AND (over_at IS NULL OR over_at >= (SELECT started_at FROM reconciliations WHERE id = $1)))) AS at`,
    [run.id, conversationId],
  );
  const at = rows[0]!.at;
  return at && new Date(at.getTime() - OVERLAP_MS);
}

/** Which of these bear a later number than something that was written after them. @returns their numbers */
async function findBackdated(
  db: Queryable,
  account: string,
  messages: readonly Pick<ChatwootMessage, 'id' | 'createdAt'>[],
): Promise<Set<ExactId>> {
  if (messages.length === 0) return new Set();
  const { rows } = await db.query<{ id: ExactId }>(
    `SELECT i.id FROM unnest($2::bigint[], $3::timestamptz[]) AS i(id, at), LATERAL (
       SELECT max(created_at) AS at FROM (SELECT created_at FROM inbox_messages m
         WHERE m.account = $1 AND m.message_id < i.id ORDER BY m.message_id DESC LIMIT ${NEIGHBOURS}) n) before
     WHERE before.at > i.at + interval '${ORDER_MARGIN}'`,
    [account, messages.map(({ id }) => id), messages.map(({ createdAt }) => createdAt)],
  );
  return new Set(rows.map(({ id }) => id));
}
