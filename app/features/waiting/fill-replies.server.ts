import type { ChatwootMessage } from '../../lib/chatwoot/messages.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { applyReplies } from './apply-replies.server.ts';
import type { CheckContext } from './check/check-lists.server.ts';
import { markGone } from './check/check-row.server.ts';
import { customerMessageOf, replyOfMessage } from './conversation-snapshot.ts';
import type { ExactId } from '../../lib/chatwoot/chatwoot-values.ts';

/** Conversations asked for in one round, so that the API is left to the people who work with it. */
const A_ROUND = 5;
/** Pages of 20 public messages that are looked through for one of the customer's. */
const PAGES = 5;
/** One that Chatwoot could not show is asked for again after so long, ms. */
const AGAIN_MS = 5 * 60_000;

/**
 * Chatwoot says that somebody waits, and nothing that is known tells who wrote then: neither a webhook nor the last message in
 * the list. Until it is known nobody is said to wait there.
 */
export const UNTOLD = `
status IN ('open', 'pending') AND gone_at IS NULL AND snapshot_waiting_since IS NOT NULL AND filled_since IS DISTINCT FROM snapshot_waiting_since
AND NOT EXISTS (SELECT FROM customer_messages m WHERE m.key = c.key AND m.at >= c.snapshot_waiting_since)`;

/** Somebody has answered before the first webhook, and it is not known who; asked for once, after all that matters more. */
const ANSWERED_BEFORE = `
waiting_since IS NOT NULL AND first_reply_at IS NOT NULL AND last_reply_at IS NULL AND filled_since IS NULL`;

/**
 * Asks for the latest messages of a few conversations of which neither webhooks nor the list tell who wrote: each once for
 * each wait, the oldest first. Nothing of their texts is kept. One that Chatwoot cannot show is tried again later.
 * @returns `more`: ask again at once; `failed`: Chatwoot answered for none of them
 */
export async function fillReplies(context: CheckContext): Promise<'more' | 'done' | 'failed'> {
  const { services, now } = context;
  const untold = await choose(services, `${UNTOLD} ORDER BY snapshot_waiting_since`, now);
  const chosen =
    untold.length > 0 ? untold : await choose(services, `${ANSWERED_BEFORE} ORDER BY due_at`, now);
  let filled = 0;
  for (const conversation of chosen) if (await fill(context, conversation)) filled += 1;
  if (untold.length > 0 && filled === 0) return 'failed';
  return untold.length === A_ROUND ? 'more' : 'done';
}

interface Chosen {
  key: string;
  conversation_id: ExactId;
  since: Date;
  told_at: number;
}

async function choose({ db, config }: Services, which: string, now: Date): Promise<Chosen[]> {
  const { rows } = await db.pool.query<Chosen>(
    `SELECT key, conversation_id, snapshot_waiting_since AS since, chatwoot_updated_at AS told_at
     FROM conversations c WHERE account = $1 AND (replies_asked_at IS NULL OR replies_asked_at < $2 OR replies_asked_at > now()) AND ${which}
     LIMIT ${A_ROUND}`,
    [config.connection?.accountId ?? '', new Date(now.getTime() - AGAIN_MS)],
  );
  return rows;
}

/** @returns false when Chatwoot did not answer */
async function fill(context: CheckContext, { key, conversation_id: id, since, told_at: toldAt }: Chosen) {
  const { services, now } = context;
  const { db, config } = services;
  const messages = await readBack(context, id);
  if (messages === 'failed') {
    await db.pool.query('UPDATE conversations SET replies_asked_at = $2 WHERE key = $1', [key, now]);
    return false;
  }
  await inTransaction(db.pool, async (transaction) => {
    if (messages === 'gone') return markGone(transaction, config, [key], now);
    const raws = messages.map(({ raw }) => raw);
    const replies = raws.flatMap((raw) => replyOfMessage(raw) ?? []).map((reply) => ({ ...reply, toldAt }));
    const customerMessages = raws.flatMap((raw) => customerMessageOf(raw) ?? []);
    await applyReplies(transaction, config, { key, replies, customerMessages });
    await transaction.query(
      'UPDATE conversations SET filled_since = $2, replies_asked_at = $3 WHERE key = $1',
      [key, since, now],
    );
  });
  return true;
}

/** The latest public messages, back to one of the customer's. */
async function readBack(
  { client, pace, signal }: CheckContext,
  id: ExactId,
): Promise<ChatwootMessage[] | 'gone' | 'failed'> {
  const read: ChatwootMessage[] = [];
  for (let page = 0; page < PAGES; page += 1) {
    const range = { before: read[0]?.id, publicOnly: true };
    const answer = await pace.call(() => client.listMessages(id, range), signal);
    if (answer.outcome === 'not_found') return 'gone';
    if (answer.outcome !== 'ok') return 'failed';
    const { messages } = answer.value;
    read.unshift(...messages);
    if (messages.length === 0 || read.some(({ type }) => type === 'incoming')) break;
  }
  return read;
}
