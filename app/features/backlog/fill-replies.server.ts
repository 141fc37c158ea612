import type { ChatwootClient } from '../../lib/chatwoot-client.server.ts';
import { type ChatwootMessage } from '../../lib/chatwoot/messages.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { applyReplies } from './apply-replies.server.ts';
import { customerMessageOf } from './customer-message.ts';
import { replyOfMessage } from './public-reply.ts';

/** Conversations asked for in one round, so that the API is left to the people who work with it. */
const A_ROUND = 5;
/** Pages of 20 public messages that are looked through for one of the customer's. */
const PAGES = 5;

/**
 * Chatwoot says that somebody waits, and nothing that is known tells who wrote then: neither a webhook nor the last message in
 * the list. Until it is known nobody is said to wait there.
 */
export const UNTOLD = `
status IN ('open', 'pending') AND snapshot_waiting_since IS NOT NULL AND filled_since IS DISTINCT FROM snapshot_waiting_since
AND NOT EXISTS (SELECT FROM customer_messages m WHERE m.key = c.key AND m.at >= c.snapshot_waiting_since)`;

/** Somebody has answered before the first webhook, and it is not known who; asked for once, after all that matters more. */
const ANSWERED_BEFORE = `
waiting_since IS NOT NULL AND first_reply_at IS NOT NULL AND last_reply_at IS NULL AND replies_asked_at IS NULL`;

/**
 * Asks for the latest messages of conversations of which neither webhooks nor the list tell who wrote: each once for each wait,
 * the oldest first. Nothing of their texts is kept.
 * @returns true when there is more to ask at once
 */
export async function fillReplies(services: Services, client: ChatwootClient, now: Date): Promise<boolean> {
  const untold = await choose(services, `${UNTOLD} ORDER BY snapshot_waiting_since`);
  const chosen = untold.length > 0 ? untold : await choose(services, `${ANSWERED_BEFORE} ORDER BY due_at`);
  for (const conversation of chosen) if (!(await fill(services, client, conversation, now))) return false;
  return untold.length === A_ROUND;
}

interface Chosen {
  key: string;
  conversation_id: number;
  since: Date;
  told_at: number;
}

async function choose({ db, config }: Services, which: string): Promise<Chosen[]> {
  const { rows } = await db.pool.query<Chosen>(
    `SELECT key, conversation_id, snapshot_waiting_since AS since, chatwoot_updated_at AS told_at
     FROM conversations c WHERE account = $1 AND ${which} LIMIT ${A_ROUND}`,
    [config.connection?.accountId ?? ''],
  );
  return rows;
}

/** @returns false when Chatwoot did not answer */
async function fill(
  { db, config }: Services,
  client: ChatwootClient,
  { key, conversation_id: id, since, told_at: toldAt }: Chosen,
  now: Date,
): Promise<boolean> {
  const messages = await readBack(client, id);
  if (!messages) return false;
  const raws = messages.map(({ raw }) => raw);
  const replies = raws.flatMap((raw) => replyOfMessage(raw) ?? []).map((reply) => ({ ...reply, toldAt }));
  const customerMessages = raws.flatMap((raw) => customerMessageOf(raw) ?? []);
  await inTransaction(db.pool, async (transaction) => {
    await applyReplies(transaction, config, { key, replies, customerMessages });
    await transaction.query(
      'UPDATE conversations SET filled_since = $2, replies_asked_at = $3 WHERE key = $1',
      [key, since, now],
    );
  });
  return true;
}

/** The latest public messages, back to one of the customer's; of a conversation that is gone none. */
async function readBack(client: ChatwootClient, id: number): Promise<ChatwootMessage[] | null> {
  const read: ChatwootMessage[] = [];
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await client.listMessages(id, { before: read[0]?.id, publicOnly: true });
    if (answer.outcome === 'not_found') return read;
    if (answer.outcome !== 'ok') return null;
    read.unshift(...answer.value);
    if (answer.value.length === 0 || read.some(({ type }) => type === 'incoming')) break;
  }
  return read;
}
