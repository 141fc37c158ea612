import type { ChatwootMessage } from '../../../lib/chatwoot/messages.server.ts';
import { textOf, type JsonRecord } from '../../../lib/chatwoot/read-json.ts';
import type { Queryable } from '../../../lib/reading.ts';
import type { Services } from '../../../lib/services.server.ts';
import { replyOfMessage } from '../../backlog/public-reply.ts';
import type { ComparisonRun } from './comparison-run.ts';
import { OVERLAP_MS } from './decide-gap.ts';
import type { NamedMessage } from './find-missing.server.ts';
import { whyWithheld, type WithheldReason } from './history.ts';

/** So many messages before one, by number, are looked at. */
const NEIGHBOURS = 200;
/** Numbers are given as messages are written, give or take this much. */
const ORDER_MARGIN = '1 hour';

/** What the inbox lacks of a conversation, as the API shows it. */
export interface MissingMessages {
  conversationId: number;
  conversation: JsonRecord;
  messages: readonly ChatwootMessage[];
  missing: readonly number[];
}

/** What of the missing goes out only when somebody says so, and why, by number. */
export async function judgeHistory(
  { db: { pool }, chatwootClock, config }: Services,
  run: Pick<ComparisonRun, 'id' | 'cause'>,
  { conversationId, conversation, messages, missing }: MissingMessages,
  now: Date,
): Promise<Map<number, WithheldReason>> {
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
  const judged = lost.flatMap(({ id, type, createdAt }): [number, WithheldReason][] => {
    const found = {
      id,
      createdAt: chatwootClock.here(createdAt),
      isOfCustomer: type === 'incoming',
      isBackdated: backdated.has(id),
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
  conversationId: number,
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
  messages: readonly NamedMessage[],
): Promise<Set<number>> {
  if (messages.length === 0) return new Set();
  const { rows } = await db.query<{ id: number }>(
    `SELECT i.id FROM unnest($2::bigint[], $3::timestamptz[]) AS i(id, at), LATERAL (
       SELECT max(created_at) AS at FROM (SELECT created_at FROM inbox_messages m
         WHERE m.account = $1 AND m.message_id < i.id ORDER BY m.message_id DESC LIMIT ${NEIGHBOURS}) n) before
     WHERE before.at > i.at + interval '${ORDER_MARGIN}'`,
    [account, messages.map(({ id }) => id), messages.map(({ createdAt }) => createdAt)],
  );
  return new Set(rows.map(({ id }) => id));
}
