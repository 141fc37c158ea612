import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { sealBody } from '../../../lib/body-cipher.server.ts';
import type { ChatwootMessage } from '../../../lib/chatwoot/messages.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { type JsonRecord } from '../../../lib/json.ts';
import { storableJson } from '../../../lib/storable.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Config } from '../../../lib/settings/config.ts';
import { countArrivals } from '../../facts/rollups.server.ts';
import { deriveKeys } from '../../intake/derive-keys.ts';
import type { InboxRow } from '../../intake/inbox-row.ts';
import { insertWebhooks } from '../../intake/insert-webhooks.server.ts';
import type { WithheldReason } from './reconciliation-view.ts';
import { releaseCompared } from './uncompared.server.ts';
import { type ChatwootNames, type FoundMessage, lostConversation, lostWebhook } from './lost-webhook.ts';
import { withholdFound } from './withhold-found.server.ts';
import { type ExactId, exactId } from '../../../lib/chatwoot/chatwoot-values.ts';

export interface FoundMessages {
  runId: number;
  conversationId: ExactId;
  names: ChatwootNames;
  conversation: JsonRecord;
  /** All of the time, ascending. */
  messages: readonly ChatwootMessage[];
  /** How many were compared, for the record. */
  compared: number;
  /** Its `conversation_created` is to come first: it began in the time, and none came. */
  isNew: boolean;
  contactInbox: JsonRecord | null;
  /** Of these numbers the inbox knew nothing a moment ago. */
  missing: readonly ExactId[];
  /** Those of them that go out only when somebody says so, and why. */
  withheld: ReadonlyMap<ExactId, WithheldReason>;
}

/**
 * Puts messages that are not in the inbox into it, as events marked `reconciled`, in the order of their numbers, with their
 * deliveries, and marks the conversation as compared, in one transaction: a killed process has done all of it or nothing.
 *
 * A webhook of one of these messages may be arriving at this moment: both have the same key, so the database takes whichever
 * comes first, and the other is a duplicate.
 * @returns how many were new
 */
export async function recoverMessages(services: Services, found: FoundMessages, now: Date): Promise<number> {
  const { db, config, changes, metrics } = services;
  const missing = new Set(found.missing);
  const lost = found.messages.filter(({ id }) => missing.has(id));
  const rows = [
    ...(found.isNew && lost[0] ? [rowOf(config, found, lost[0], now, lostConversation)] : []),
    ...lost.map((message) => rowOf(config, found, message, now, lostWebhook)),
  ];
  const count = await inTransaction(db.pool, async (client) => {
    const seqs = await insertWebhooks(client, rows, 'direct', 'reconciled');
    const recovered = await noteRecovered(client, found, lost, rows, seqs, now);
    const reasons = await withhold(client, found, rows, seqs, now);
    await markCompared(client, config.connection!.accountId, found, now, !reasons.includes('counting'));
    return recovered;
  });
  if (count > 0) {
    metrics.received.inc({ result: 'reconciled' }, count);
    changes.announce('work');
    changes.announce('page');
  }
  return count;
}

function rowOf(
  config: Config,
  found: FoundMessages,
  message: ChatwootMessage,
  now: Date,
  payloadOf: (found: FoundMessage) => JsonRecord,
): InboxRow {
  const accountId = config.connection!.accountId;
  const payload = payloadOf({
    accountId,
    names: found.names,
    message: message.raw,
    conversation: found.conversation,
    messages: found.messages.map(({ raw }) => raw),
    contactInbox: found.contactInbox,
  });
  const body = Buffer.from(JSON.stringify(payload));
  const keys = deriveKeys({
    payload,
    body,
    deliveryId: undefined,
    eventId: randomUUID(),
    defaultAccount: accountId,
  });
  return {
    ...keys,
    deliveryId: null,
    headers: JSON.stringify({ 'content-type': 'application/json' }),
    body: sealBody(config.DATA_ENCRYPTION_KEYS, body, keys.eventId),
    receivedAt: now,
  };
}

async function noteRecovered(
  client: pg.ClientBase,
  found: FoundMessages,
  lost: readonly ChatwootMessage[],
  rows: readonly InboxRow[],
  seqs: ReadonlyMap<string, number>,
  now: Date,
): Promise<number> {
  const byId = new Map(lost.map((message) => [String(message.id), message]));
  const recovered = rows.flatMap(({ eventId, conversationKey, message }) => {
    const seq = seqs.get(eventId);
    if (seq === undefined || !message) return [];
    const { createdAt } = byId.get(message.id)!;
    return [
      { account: message.account, message_id: message.id, seq, key: conversationKey, created_at: createdAt },
    ];
  });
  if (recovered.length === 0) return 0;
  await client.query(
    `INSERT INTO reconciled_messages (account, message_id, seq, conversation_key, created_at, recovered_at, reconciliation_id)
     SELECT account, message_id, seq, key, created_at, $2, $3
     FROM json_to_recordset($1::json) AS i(account text, message_id bigint, seq bigint, key text, created_at timestamptz)`,
    [storableJson(recovered), now, found.runId],
  );
  return recovered.length;
}

/** What is no news stays here. A new conversation is told of with the first of its messages that goes out. */
async function withhold(
  client: pg.ClientBase,
  { runId, missing, withheld }: FoundMessages,
  rows: readonly InboxRow[],
  seqs: ReadonlyMap<string, number>,
  now: Date,
): Promise<WithheldReason[]> {
  const reasons = missing.flatMap((id) => withheld.get(id) ?? []);
  // What is only counted may go out by itself, and the beginning with it.
  const [ofBeginning] =
    reasons.length < missing.length ? [] : reasons.includes('counting') ? ['counting' as const] : reasons;
  const events = rows.flatMap(({ eventId, conversationKey: key, event, message }) => {
    const seq = seqs.get(eventId);
    const reason = message ? withheld.get(exactId(message.id)!) : ofBeginning;
    return seq === undefined || !reason ? [] : [{ seq, key, event, reason }];
  });
  await withholdFound(client, runId, events, now);
  return events.map(({ reason }) => reason);
}

/**
 * Notes that a conversation was looked at; once, whoever does it.
 * @param mayGo what was held for it may go
 */
export async function markCompared(
  db: Pick<pg.ClientBase, 'query'>,
  accountId: string,
  item: { runId: number; conversationId: ExactId; compared: number },
  now: Date,
  mayGo = true,
): Promise<void> {
  await db.query(
    `UPDATE reconciliation_items SET checked_at = $3, messages = $4
     WHERE reconciliation_id = $1 AND conversation_id = $2 AND checked_at IS NULL`,
    [item.runId, item.conversationId, now, item.compared],
  );
  if (mayGo) await releaseCompared(db, accountId, item.conversationId);
}

/** A round counts this many at most. */
const BATCH = 500;

/** Measures the webhooks that came late after all, of messages that had been fetched: nothing else reads them. */
export async function countLate({ db }: Services): Promise<boolean> {
  return inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ createdAt: Date; receivedAt: Date }>(
      `UPDATE reconciled_messages SET delay_counted = true WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM reconciled_messages
         WHERE arrived_at IS NOT NULL AND NOT delay_counted LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
       RETURNING created_at AS "createdAt", arrived_at AS "receivedAt"`,
    );
    await countArrivals(client, rows);
    return rows.length === BATCH;
  });
}
