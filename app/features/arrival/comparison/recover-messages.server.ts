import { hash, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { sealBody } from '../../../lib/body-cipher.server.ts';
import type { JsonRecord } from '../../../lib/chatwoot/read-json.ts';
import type { ChatwootMessage } from '../../../lib/chatwoot/messages.server.ts';
import type { Config } from '../../../lib/config.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import { deriveKeys } from '../../intake/derive-keys.ts';
import type { InboxRow } from '../../intake/inbox-row.ts';
import { insertWebhooks } from '../../intake/insert-webhooks.server.ts';
import { projectBatch } from '../../backlog/project-webhooks.server.ts';
import { lostWebhook, type ChatwootNames } from './lost-webhook.ts';

/** Intake waits behind this lock, so it is asked for no longer than this, ms, and held for one insert. */
const LOCK_MS = 300;
const LOCK_NOT_AVAILABLE = '55P03';

export interface FoundMessages {
  runId: number;
  conversationId: number;
  names: ChatwootNames;
  conversation: JsonRecord;
  /** All of the time, ascending. */
  messages: readonly ChatwootMessage[];
  /** How many were compared, for the record. */
  compared: number;
  /** Of these numbers the inbox knew nothing a moment ago. */
  missing: readonly number[];
}

/** `busy`: webhooks are coming in, or are not read yet; to be tried again. */
export type RecoverOutcome = { outcome: 'recovered'; count: number } | { outcome: 'busy' };

/**
 * Puts messages that are not in the inbox into it, as events marked `reconciled`, in the order of their numbers, with their
 * deliveries, and marks the conversation as compared, in one transaction: a killed process has done all of it or nothing.
 *
 * A webhook of one of these messages may be arriving at this moment. Each insert of webhooks writes to
 * `reconciled_messages` (to nothing, mostly), so the lock on that table waits for those on their way and keeps out new ones:
 * what came before is read here and is not missing, what comes after finds the message recovered.
 */
export async function recoverMessages(
  services: Services,
  found: FoundMessages,
  now: Date,
): Promise<RecoverOutcome> {
  const { db, config, changes, metrics } = services;
  const account = config.connection!.accountId;
  let outcome: RecoverOutcome;
  try {
    outcome = await inTransaction(db.pool, async (client): Promise<RecoverOutcome> => {
      await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
      if (!(await readAll(client, config, now))) return { outcome: 'busy' };
      await client.query('LOCK TABLE reconciled_messages IN SHARE ROW EXCLUSIVE MODE');
      if (!(await readAll(client, config, now))) return { outcome: 'busy' };
      const missing = new Set(await findMissing(client, account, found.missing));
      const lost = found.messages.filter(({ id }) => missing.has(id));
      const rows = lost.map((message) => rowOf(config, found, message, now));
      const seqs =
        rows.length > 0
          ? await insertWebhooks(client, rows, 'direct', 'reconciled')
          : new Map<string, number>();
      await noteRecovered(client, found, lost, rows, seqs, now);
      await markCompared(client, found, now);
      return { outcome: 'recovered', count: seqs.size };
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return { outcome: 'busy' };
    throw error;
  }
  if (outcome.outcome === 'recovered' && outcome.count > 0) {
    metrics.received.inc({ result: 'reconciled' }, outcome.count);
    changes.announce('work');
    changes.announce('page');
  }
  return outcome;
}

/** Reads what webhooks are there; false when there are so many that it takes more than one batch. */
async function readAll(client: pg.ClientBase, config: Config, now: Date): Promise<boolean> {
  const round = await projectBatch(client, config, now, true);
  return round.outcome === 'projected' && !round.more;
}

/** Which of these messages are not in the inbox. */
export async function findMissing(
  db: Pick<pg.ClientBase, 'query'>,
  account: string,
  ids: readonly number[],
): Promise<number[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<{ id: number }>(
    `SELECT id FROM unnest($2::bigint[]) AS i(id)
     WHERE NOT EXISTS (SELECT FROM inbox_messages m WHERE m.account = $1 AND m.message_id = i.id)
       AND NOT EXISTS (SELECT FROM reconciled_messages r WHERE r.account = $1 AND r.message_id = i.id) ORDER BY id`,
    [account, ids],
  );
  return rows.map(({ id }) => id);
}

function rowOf(config: Config, found: FoundMessages, message: ChatwootMessage, now: Date): InboxRow {
  const accountId = config.connection!.accountId;
  const payload = lostWebhook({
    accountId,
    names: found.names,
    message: message.raw,
    conversation: found.conversation,
    messages: found.messages.map(({ raw }) => raw),
  });
  const eventId = randomUUID();
  const body = Buffer.from(JSON.stringify(payload));
  return {
    ...deriveKeys({ payload, body, deliveryId: undefined, eventId, defaultAccount: accountId }),
    dedupeKey: hash('sha256', JSON.stringify(['reconciled', accountId, message.id]), 'buffer'),
    eventId,
    deliveryId: null,
    headers: JSON.stringify({ 'content-type': 'application/json' }),
    body: sealBody(config.DATA_ENCRYPTION_KEYS, body, eventId),
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
): Promise<void> {
  const recovered = rows.flatMap(({ eventId, conversationKey, message }, index) => {
    const seq = seqs.get(eventId);
    if (seq === undefined || !message) return [];
    const { createdAt } = lost[index]!;
    return [
      { account: message.account, message_id: message.id, seq, key: conversationKey, created_at: createdAt },
    ];
  });
  if (recovered.length === 0) return;
  await client.query(
    `INSERT INTO reconciled_messages (account, message_id, seq, conversation_key, created_at, recovered_at, reconciliation_id)
     SELECT account, message_id, seq, key, created_at, $2, $3
     FROM json_to_recordset($1::json) AS i(account text, message_id bigint, seq bigint, key text, created_at timestamptz)`,
    [storableJson(recovered), now, found.runId],
  );
}

/** Notes that a conversation was looked at; once, whoever does it. */
export async function markCompared(
  db: Pick<pg.ClientBase, 'query'>,
  item: { runId: number; conversationId: number; compared: number },
  now: Date,
): Promise<void> {
  await db.query(
    `UPDATE reconciliation_items SET checked_at = $3, messages = $4
     WHERE reconciliation_id = $1 AND conversation_id = $2 AND checked_at IS NULL`,
    [item.runId, item.conversationId, now, item.compared],
  );
}
