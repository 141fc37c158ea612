import type { ChatwootAnswer } from '../../../lib/chatwoot/answer.ts';
import { createChatwootCall } from '../../../lib/chatwoot/call.server.ts';
import {
  type ChatwootContact,
  contactCalls,
  type ContactCalls,
} from '../../../lib/chatwoot/people.server.ts';
import { conversationCalls, type ConversationCalls } from '../../../lib/chatwoot/conversations.server.ts';
import { inboxCalls, type InboxCalls } from '../../../lib/chatwoot/inboxes.server.ts';
import { messageCalls, type MessageCalls } from '../../../lib/chatwoot/messages.server.ts';
import { callPatiently, type Patience } from '../../../lib/chatwoot/pace.server.ts';
import type { Config } from '../../../lib/settings/config.ts';

export type MergeClient = ContactCalls & ConversationCalls & InboxCalls & MessageCalls;

/** Chatwoot's API as far as merging needs it; null before it is connected. @param timeoutMs for one call */
export function openMergeClient(
  { connection }: Pick<Config, 'connection'>,
  { signal, timeoutMs }: { signal?: AbortSignal; timeoutMs?: number } = {},
): MergeClient | null {
  if (!connection) return null;
  const { chatwootUrl: baseUrl, accountId, apiToken } = connection;
  const call = createChatwootCall({ baseUrl, accountId, apiToken, signal, timeoutMs });
  const account = `/api/v1/accounts/${accountId}`;
  return {
    ...contactCalls(call, account),
    ...conversationCalls(call, account),
    ...inboxCalls(call, account),
    ...messageCalls(call, account),
  };
}

/** How a contact without an address is found again; names are no identity: two customers may have the same. */
export const contactIdentifier = (marker: string): string => `outage-ticket-${marker}`;

/** Pages of 15 looked through; Chatwoot lets 100 searches a minute through. */
const PAGES = 40;

/** The customer of a ticket in Chatwoot, by address, else by what an earlier try left; null when there is none. */
export async function findContact(
  client: Pick<MergeClient, 'searchContacts'>,
  { email, marker }: { email: string | null; marker: string },
  patience?: Patience,
): Promise<ChatwootAnswer<ChatwootContact | null>> {
  const wanted = (email ?? contactIdentifier(marker)).toLowerCase();
  // The search finds every address that contains the one wanted, and not that one first.
  for (let page = 1; page <= PAGES; page += 1) {
    const answer = await callPatiently(() => client.searchContacts(wanted, page), patience);
    if (answer.outcome !== 'ok') return answer;
    const found = answer.value.find((contact) =>
      email === null ? contact.identifier === wanted : contact.email?.toLowerCase() === wanted,
    );
    if (found) return { outcome: 'ok', value: found };
    if (answer.value.length === 0) break;
  }
  return { outcome: 'ok', value: null };
}
