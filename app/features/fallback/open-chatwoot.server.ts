import { createChatwootCall, type ChatwootCall } from '../../lib/chatwoot/call.server.ts';
import { inboxCalls, type InboxCalls } from '../../lib/chatwoot/inboxes.server.ts';
import { webhookCalls, type WebhookCalls } from '../../lib/chatwoot/webhooks.server.ts';
import type { Services } from '../../lib/services.server.ts';

/** A step makes a few calls one after the other, and its loop must be seen to live (within 10 s). */
const TIMEOUT_MS = 4000;

/** Calls to the account's Chatwoot; null when none is configured. */
export function openAccount({ config }: Services): { call: ChatwootCall; account: string } | null {
  const { connection } = config;
  if (!connection) return null;
  const call = createChatwootCall({
    baseUrl: connection.chatwootUrl,
    accountId: connection.accountId,
    apiToken: connection.apiToken,
    timeoutMs: TIMEOUT_MS,
  });
  return { call, account: `/api/v1/accounts/${connection.accountId}` };
}

/** Inboxes and webhooks of the account; null when no Chatwoot is configured. */
export function openInboxes(services: Services): (InboxCalls & WebhookCalls) | null {
  const opened = openAccount(services);
  if (!opened) return null;
  const { call, account } = opened;
  return { ...inboxCalls(call, account), ...webhookCalls(call, account) };
}
