import type { ChatwootClient } from '../../lib/chatwoot-client.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { chatwootTime } from '../../lib/chatwoot/time.ts';
import { applyReplies } from './apply-replies.server.ts';
import { replyOfMessage } from './public-reply.ts';

/** Conversations asked for in one round, so that the API is left to the people who work with it. */
const A_ROUND = 5;

/**
 * A conversation that was first seen mid-way: its events since do not say who answered last, or when the customer first
 * wrote. Its latest messages are asked for once, those who wait first; nothing of their texts is kept.
 * @returns true when there may be more
 */
export async function fillReplies(services: Services, client: ChatwootClient, now: Date): Promise<boolean> {
  const { db, config } = services;
  const account = config.connection?.accountId;
  const { rows } = await db.pool.query<{ key: string; conversation_id: number; created_at: Date | null }>(
    `SELECT key, conversation_id, created_at FROM conversations
     WHERE filled_at IS NULL AND account = $1 AND waiting_since IS NOT NULL
       AND (first_message_at IS NULL OR (first_reply_at IS NOT NULL AND last_reply_at IS NULL))
     ORDER BY due_at LIMIT $2`,
    [account ?? '', A_ROUND],
  );
  for (const { key, conversation_id: id } of rows) {
    const answer = await client.listMessages(id);
    if (answer.outcome !== 'ok' && answer.outcome !== 'not_found') return false;
    const messages = answer.outcome === 'ok' ? answer.value : [];
    const replies = messages.flatMap(({ raw }) => replyOfMessage(raw) ?? []);
    const wrote = messages
      .filter(({ type }) => type === 'incoming')
      .map(({ raw }) => chatwootTime(raw.created_at));
    await inTransaction(db.pool, async (transaction) => {
      await applyReplies(transaction, config, { key, replies, firstMessageAt: wrote[0] ?? null });
      await transaction.query('UPDATE conversations SET filled_at = $2 WHERE key = $1', [key, now]);
    });
  }
  return rows.length === A_ROUND;
}
