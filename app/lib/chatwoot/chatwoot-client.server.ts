import { fieldOf, isRecord, listOf, textOf, wordOf } from '../json.ts';
import { agentCalls, type AgentCalls, contactCalls, type ContactCalls } from './people.server.ts';
import { type ChatwootAnswer, mapped } from './answer.ts';
import { type ChatwootCall, type ChatwootConnection, createChatwootCall } from './call.server.ts';
import {
  dashboardAppCalls,
  type DashboardAppCalls,
  webhookCalls,
  type WebhookCalls,
} from './registrations.server.ts';
import { conversationCalls, type ConversationCalls } from './conversations.server.ts';
import { inboxCalls, type InboxCalls } from './inboxes.server.ts';
import { messageCalls, type MessageCalls } from './messages.server.ts';
import { type ExactId, exactId } from './chatwoot-values.ts';
import type { Services } from '../services.server.ts';

export type { ChatwootAnswer, ChatwootFailure } from './answer.ts';
export type { ChatwootWebhook } from './registrations.server.ts';

export interface ChatwootClient
  extends
    WebhookCalls,
    ConversationCalls,
    MessageCalls,
    InboxCalls,
    ContactCalls,
    AgentCalls,
    DashboardAppCalls,
    ClientCalls {
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
      ({ id }) => wordOf(id) === options.accountId,
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
    ...dashboardAppCalls(call, account),
    ...clientCalls(call),
  };
}

/** What a customer's own client does in an API inbox; it needs no token, the inbox is named by its identifier. */
interface ClientCalls {
  createVisitor(
    inboxIdentifier: string,
    visitor: { name: string; identifier?: string; sourceId?: string },
  ): Promise<ChatwootAnswer<{ sourceId: string; contactId: ExactId | null }>>;
  /** @returns the conversation's display id */
  beginConversation(inboxIdentifier: string, sourceId: string): Promise<ChatwootAnswer<ExactId>>;
  /** Writes as the customer. Not idempotent. @returns the message's id */
  writeAsVisitor(
    inboxIdentifier: string,
    visitor: { sourceId: string; conversationId: ExactId; content: string },
  ): Promise<ChatwootAnswer<ExactId>>;
}

function clientCalls(call: ChatwootCall): ClientCalls {
  const contacts = (identifier: string) =>
    `/public/api/v1/inboxes/${encodeURIComponent(identifier)}/contacts`;
  const idOf = (json: unknown) => exactId(fieldOf(json, 'id')) ?? undefined;
  return {
    async createVisitor(identifier, visitor) {
      const answer = await call('POST', contacts(identifier), {
        name: visitor.name,
        identifier: visitor.identifier,
        source_id: visitor.sourceId,
      });
      return mapped(answer, (json) => {
        const sourceId = textOf(fieldOf(json, 'source_id'));
        return sourceId === null ? undefined : { sourceId, contactId: exactId(fieldOf(json, 'id')) };
      });
    },
    async beginConversation(identifier, sourceId) {
      const path = `${contacts(identifier)}/${encodeURIComponent(sourceId)}/conversations`;
      return mapped(await call('POST', path, {}), idOf);
    },
    async writeAsVisitor(identifier, { sourceId, conversationId, content }) {
      const path = `${contacts(identifier)}/${encodeURIComponent(sourceId)}/conversations/${conversationId}/messages`;
      return mapped(await call('POST', path, { content }), idOf);
    },
  };
}

/** Chatwoot's API as configured, whose answers also tell the difference of the clocks; null before it is connected. */
export function openChatwootClient(
  { config, chatwootClock }: Pick<Services, 'config' | 'chatwootClock'>,
  signal?: AbortSignal,
): ChatwootClient | null {
  const { connection } = config;
  if (!connection) return null;
  const { chatwootUrl: baseUrl, accountId, apiToken } = connection;
  return createChatwootClient({ baseUrl, accountId, apiToken, signal, observe: chatwootClock.observe });
}

/** Where a person reads and answers a conversation in Chatwoot; null when it is not connected. */
export function conversationUrl(
  chatwootUrl: string | null,
  account: string,
  conversationId: number | string,
): string | null {
  return chatwootUrl && `${chatwootUrl}/app/accounts/${account}/conversations/${conversationId}`;
}
