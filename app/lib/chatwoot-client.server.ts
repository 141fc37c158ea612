import { agentCalls, type AgentCalls } from './chatwoot/agents.server.ts';
import { mapped, type ChatwootAnswer } from './chatwoot/answer.ts';
import { createChatwootCall, type ChatwootConnection } from './chatwoot/call.server.ts';
import { clientCalls, type ClientCalls } from './chatwoot/client-api.server.ts';
import { contactCalls, type ContactCalls } from './chatwoot/contacts.server.ts';
import { conversationCalls, type ConversationCalls } from './chatwoot/conversations.server.ts';
import { inboxCalls, type InboxCalls } from './chatwoot/inboxes.server.ts';
import { messageCalls, type MessageCalls } from './chatwoot/messages.server.ts';
import { fieldOf, isRecord, listOf, textOf } from './chatwoot/read-json.ts';
import { webhookCalls, type WebhookCalls } from './chatwoot/webhooks.server.ts';

export type { ChatwootAnswer, ChatwootFailure } from './chatwoot/answer.ts';
export type { ChatwootWebhook } from './chatwoot/webhooks.server.ts';

export interface ChatwootClient
  extends WebhookCalls, ConversationCalls, MessageCalls, InboxCalls, ContactCalls, AgentCalls, ClientCalls {
  /** Version by `/api`, without a token; null when it does not say. */
  version(): Promise<ChatwootAnswer<string | null>>;
  /** Of the account, as the token's own profile names it; empty when it does not. The rest of it holds secrets. */
  accountName(): Promise<ChatwootAnswer<string>>;
  /** What the token's owner is in the account: `role` such as administrator or agent, `status` of the account. */
  access(): Promise<ChatwootAnswer<{ member: boolean; role: string | null; status: string | null }>>;
}

/** Chatwoot's HTTP API, as far as the app uses it, with a user's access token. */
export function createChatwootClient(options: ChatwootConnection): ChatwootClient {
  const call = createChatwootCall(options);
  const account = `/api/v1/accounts/${options.accountId}`;
  const accountOf = (profile: unknown) =>
    listOf(fieldOf(profile, 'accounts'), (one) => (isRecord(one) ? one : undefined))?.find(
      ({ id }) => String(id) === options.accountId,
    );
  return {
    async version() {
      return mapped(await call('GET', '/api'), (json) => textOf(fieldOf(json, 'version')));
    },
    async accountName() {
      return mapped(await call('GET', '/api/v1/profile'), (json) => textOf(accountOf(json)?.name) ?? '');
    },
    async access() {
      return mapped(await call('GET', '/api/v1/profile'), (json) => {
        const own = accountOf(json);
        return { member: own !== undefined, role: textOf(own?.role), status: textOf(own?.status) };
      });
    },
    ...webhookCalls(call, account),
    ...conversationCalls(call, account),
    ...messageCalls(call, account),
    ...inboxCalls(call, account),
    ...contactCalls(call, account),
    ...agentCalls(call, account),
    ...clientCalls(call),
  };
}
