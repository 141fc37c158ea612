import type pg from 'pg';
import type { ChatwootConversation } from '../../lib/chatwoot/conversations.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { writeInParts } from '../../lib/write-in-parts.server.ts';
import { recordSetAside } from '../facts/set-aside.server.ts';
import { applyChanges } from './apply-changes.server.ts';
import { readSnapshot } from './conversation-snapshot.ts';
import { unseenMessageOf } from './customer-message.ts';
import { foldProjections } from './fold-projections.ts';

/**
 * Takes over what the API says of conversations, as far as it is not older than what is known, in the caller's transaction.
 * @returns the keys of those that it says anything of
 */
export async function mergeSnapshots(
  client: pg.ClientBase,
  config: Services['config'],
  conversations: readonly Pick<ChatwootConversation, 'raw'>[],
  now: Date,
): Promise<string[]> {
  const account = config.connection?.accountId ?? null;
  const changes = conversations.flatMap(({ raw }) => {
    const snapshot = readSnapshot(raw, account);
    if (!snapshot) return [];
    const { replies, customerMessages, waitingSince: since, createdAt } = snapshot;
    const isTold = since === null || customerMessages.some(({ at }) => at >= since);
    const unseen = isTold ? null : unseenMessageOf(raw, { since, createdAt });
    return [{ snapshot, replies, customerMessages: [...customerMessages, ...(unseen ? [unseen] : [])] }];
  });
  const refused = await writeInParts(client, changes, (part) =>
    applyChanges(client, config, foldProjections(part), { now, source: 'list' }),
  );
  await recordSetAside(
    client,
    refused.map(({ row: { snapshot }, cause }) => ({
      purpose: 'the list of who waits',
      name: `conversation ${snapshot.conversationId}`,
      cause,
    })),
  );
  return changes.map(({ snapshot }) => snapshot.key);
}
