import { createChatwootCall } from '../../lib/chatwoot/call.server.ts';
import { contactCalls, type ContactCalls } from '../../lib/chatwoot/contacts.server.ts';
import { conversationCalls, type ConversationCalls } from '../../lib/chatwoot/conversations.server.ts';
import { inboxCalls, type InboxCalls } from '../../lib/chatwoot/inboxes.server.ts';
import { messageCalls, type MessageCalls } from '../../lib/chatwoot/messages.server.ts';
import type { Config } from '../../lib/config.ts';

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
