import { agentCalls, type AgentCalls } from './chatwoot/agents.server.ts';
import { mapped, type ChatwootAnswer } from './chatwoot/answer.ts';
import { createChatwootCall, type ChatwootConnection } from './chatwoot/call.server.ts';
import { clientCalls, type ClientCalls } from './chatwoot/client-api.server.ts';
import { contactCalls, type ContactCalls } from './chatwoot/contacts.server.ts';
import { conversationCalls, type ConversationCalls } from './chatwoot/conversations.server.ts';
import { messageCalls, type MessageCalls } from './chatwoot/messages.server.ts';
import { fieldOf, textOf } from './chatwoot/read-json.ts';
import { webhookCalls, type WebhookCalls } from './chatwoot/webhooks.server.ts';

export type { ChatwootAnswer, ChatwootFailure } from './chatwoot/answer.ts';
export type { ChatwootWebhook } from './chatwoot/webhooks.server.ts';

export interface ChatwootClient
  extends WebhookCalls, ConversationCalls, MessageCalls, ContactCalls, AgentCalls, ClientCalls {
  /** Version by `/api`, without a token; null when it does not say. */
  version(): Promise<ChatwootAnswer<string | null>>;
}

/** Chatwoot's HTTP API, as far as the app uses it, with a user's access token. */
export function createChatwootClient(options: ChatwootConnection): ChatwootClient {
  const call = createChatwootCall(options);
  const account = `/api/v1/accounts/${options.accountId}`;
  return {
    async version() {
      return mapped(await call('GET', '/api'), (json) => textOf(fieldOf(json, 'version')));
    },
    ...webhookCalls(call, account),
    ...conversationCalls(call, account),
    ...messageCalls(call, account),
    ...contactCalls(call, account),
    ...agentCalls(call, account),
    ...clientCalls(call),
  };
}
