import type { ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import type { ChatwootAnswer } from '../../../lib/chatwoot/answer.ts';
import { callPatiently } from '../../../lib/chatwoot/call-patiently.server.ts';
import type { ChatwootMessage } from '../../../lib/chatwoot/messages.server.ts';

/** Pages of twenty: a conversation of more messages within one comparison is read as far as that. */
const MOST_PAGES = 500;

/**
 * The messages of a conversation from `since` to now, ascending by number, read backwards from the last page by page: that
 * needs no number to begin with, and one call for all but the longest conversations.
 * @param since compared by the whole second: the API tells no more
 */
export async function fetchMessages(
  client: ChatwootClient,
  conversationId: number,
  { since, signal }: { since: Date; signal?: AbortSignal },
): Promise<ChatwootAnswer<ChatwootMessage[]>> {
  const second = Math.floor(since.getTime() / 1000) * 1000;
  const byId = new Map<number, ChatwootMessage>();
  let before: number | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await callPatiently(() => client.listMessages(conversationId, { before }), { signal });
    if (answer.outcome !== 'ok') return answer;
    const fresh = answer.value.filter(({ id }) => !byId.has(id));
    for (const message of fresh) byId.set(message.id, message);
    const oldest = fresh[0];
    if (!oldest || oldest.createdAt.getTime() < second) break;
    before = Math.min(...fresh.map(({ id }) => id));
  }
  const value = [...byId.values()]
    .filter(({ createdAt }) => createdAt.getTime() >= second)
    .sort((a, b) => a.id - b.id);
  return { outcome: 'ok', value };
}
