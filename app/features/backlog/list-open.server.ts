import type { ChatwootClient } from '../../lib/chatwoot-client.server.ts';
import type { ChatwootConversation } from '../../lib/chatwoot/conversations.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { applyChanges } from './apply-changes.server.ts';
import { readSnapshot } from './conversation-snapshot.ts';
import { foldProjections } from './fold-projections.ts';

/** Chatwoot's page size. */
const PAGE = 25;
/** Beyond ten thousand open conversations the oldest ones are left to the webhooks. */
const MOST_PAGES = 400;

/**
 * Reads one more page of Chatwoot's open conversations into the read-model, so that customers who waited before the first
 * webhook are seen. Once in the life of a database, resumed where it was; throttled calls are put off to the next round.
 * @returns true when there is more to list
 */
export async function listOpenConversations(
  services: Services,
  client: ChatwootClient,
  now: Date,
): Promise<boolean> {
  const { db, config } = services;
  const { rows } = await db.pool.query<{ listed_pages: number }>(
    'SELECT listed_pages FROM backlog_projection WHERE listed_at IS NULL',
  );
  const listed = rows[0]?.listed_pages;
  if (listed === undefined) return false;
  const page = listed + 1;
  const answer = await client.listConversations({ status: 'open', page, sortBy: 'created_at_asc' });
  if (answer.outcome !== 'ok') return false;
  const isLast = answer.value.length < PAGE || page >= MOST_PAGES;
  await inTransaction(db.pool, async (transaction) => {
    // Before the conversations: the projection takes its row and theirs in this order as well.
    const { rowCount } = await transaction.query(
      `UPDATE backlog_projection SET listed_pages = $1, listed_at = CASE WHEN $2 THEN $3::timestamptz END
       WHERE listed_pages = $1 - 1 AND listed_at IS NULL`,
      [page, isLast, now],
    );
    if (rowCount === 1) await mergeSnapshots(transaction, config, answer.value, now);
  });
  return !isLast;
}

/** Takes over what the API says of conversations, as far as it is newer than what is known. */
export async function mergeSnapshots(
  client: Parameters<typeof applyChanges>[0],
  config: Services['config'],
  conversations: readonly Pick<ChatwootConversation, 'raw'>[],
  now: Date,
): Promise<void> {
  const account = config.connection?.accountId ?? null;
  const changes = conversations.flatMap(({ raw }) => {
    const snapshot = readSnapshot(raw, account);
    return snapshot
      ? [{ snapshot, replies: snapshot.replies, customerMessages: snapshot.customerMessages }]
      : [];
  });
  await applyChanges(client, config, foldProjections(changes), { now, source: 'list' });
}
