import { mapped, ofRecord, type ChatwootAnswer } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { fieldOf, isRecord, type JsonRecord, listOf, numberOf, recordOf, textOf } from '../json.ts';
import { chatwootTime, type ExactId, exactId } from './chatwoot-values.ts';

type ConversationStatus = 'open' | 'resolved' | 'pending' | 'snoozed';

export interface ChatwootConversation {
  /** The display id, the one in Chatwoot's addresses. */
  id: ExactId;
  inboxId: ExactId | null;
  status: string;
  /** Unix seconds with a fraction; the newer of two states. */
  updatedAt: number;
  /** To the second; null when it is not said, or is no time. */
  lastActivityAt: Date | null;
  assigneeId: ExactId | null;
  labels: string[];
  contactId: ExactId | null;
  /** As the API shows it, which is not quite as webhooks do. */
  raw: JsonRecord;
}

interface ConversationFilter {
  status?: ConversationStatus | 'all';
  assigneeType?: 'me' | 'assigned' | 'unassigned' | 'all';
  inboxId?: ExactId;
  /** From 1; 25 a page. */
  page?: number;
  sortBy?: string;
  /** Seconds; the answer is then not paginated. */
  updatedWithin?: number;
}

export interface ConversationPage {
  conversations: ChatwootConversation[];
  /** Of this status, on all pages, as Chatwoot counts; null when it does not say. */
  total: number | null;
  /** How many more are on the page that cannot be read: without a number, for one. */
  unreadable: number;
}

interface NewConversation {
  inboxId: ExactId;
  contactId: ExactId;
  /** What the inbox's channel calls the contact. */
  sourceId?: string;
  status?: ConversationStatus;
  assigneeId?: ExactId;
  customAttributes?: JsonRecord;
}

export interface ConversationCalls {
  listConversations(filter: ConversationFilter): Promise<ChatwootAnswer<ChatwootConversation[]>>;
  /** The same with Chatwoot's count. How many are on a page is Chatwoot's setting: an empty one is beyond the last. */
  pageOfConversations(filter: ConversationFilter): Promise<ChatwootAnswer<ConversationPage>>;
  /** How many there are of a status. */
  countConversations(status: ConversationStatus): Promise<ChatwootAnswer<number>>;
  getConversation(id: number | string): Promise<ChatwootAnswer<ChatwootConversation>>;
  /** The latest 20 of a contact, in any status, as far as the token's user may see them. */
  listContactConversations(contactId: ExactId): Promise<ChatwootAnswer<ChatwootConversation[]>>;
  createConversation(conversation: NewConversation): Promise<ChatwootAnswer<ChatwootConversation>>;
  /**
   * Idempotent. An agent who is unknown takes it from whoever has it, and the answer is 200.
   * @param assigneeId null takes it from whoever has it
   * @returns who has it now; null: nobody
   */
  assign(
    conversationId: number | string,
    assigneeId: ExactId | null,
  ): Promise<ChatwootAnswer<{ assigneeId: ExactId | null }>>;
  /**
   * Idempotent; with a plain agent's token, opening also assigns that agent.
   * @returns the status that it has now
   */
  setStatus(
    conversationId: number | string,
    status: ConversationStatus,
  ): Promise<ChatwootAnswer<{ status: string }>>;
  /** Replaces all labels. */
  setLabels(conversationId: number | string, labels: string[]): Promise<ChatwootAnswer<string[]>>;
  /** Replaces all of them. */
  setCustomAttributes(
    conversationId: number | string,
    attributes: JsonRecord,
  ): Promise<ChatwootAnswer<JsonRecord>>;
}

export function conversationCalls(call: ChatwootCall, account: string): ConversationCalls {
  const path = `${account}/conversations`;
  function list(filter: ConversationFilter) {
    const query = new URLSearchParams({ status: filter.status ?? 'open' });
    const set = (name: string, value: string | number | undefined) =>
      value !== undefined && query.set(name, String(value));
    set('assignee_type', filter.assigneeType);
    set('inbox_id', filter.inboxId);
    set('page', filter.page);
    set('sort_by', filter.sortBy);
    set('updated_within', filter.updatedWithin);
    return call('GET', `${path}?${query}`);
  }
  const payloadOf = (json: unknown) => listOf(fieldOf(fieldOf(json, 'data'), 'payload'), conversationOf);
  return {
    async listConversations(filter) {
      return mapped(await list(filter), payloadOf);
    },
    async pageOfConversations(filter) {
      return mapped(await list(filter), (json) => {
        const conversations = payloadOf(json);
        const shown = fieldOf(fieldOf(json, 'data'), 'payload') as unknown[];
        // An empty page is beyond the last; one of which nothing can be read is none.
        if (!conversations || (conversations.length === 0 && shown.length > 0)) return undefined;
        const total = numberOf(fieldOf(fieldOf(fieldOf(json, 'data'), 'meta'), 'all_count'));
        return { conversations, total, unreadable: shown.length - conversations.length };
      });
    },
    async countConversations(status) {
      const answer = await call('GET', `${path}/meta?${new URLSearchParams({ status })}`);
      return mapped(answer, (json) => numberOf(fieldOf(fieldOf(json, 'meta'), 'all_count')) ?? undefined);
    },
    async getConversation(id) {
      return mapped(ofRecord(await call('GET', `${path}/${id}`)), conversationOf);
    },
    async listContactConversations(contactId) {
      const answer = await call('GET', `${account}/contacts/${contactId}/conversations`);
      return mapped(ofRecord(answer), (json) => listOf(fieldOf(json, 'payload'), conversationOf));
    },
    async createConversation(wish) {
      const answer = await call('POST', path, {
        inbox_id: wish.inboxId,
        contact_id: wish.contactId,
        source_id: wish.sourceId,
        status: wish.status,
        assignee_id: wish.assigneeId,
        custom_attributes: wish.customAttributes,
      });
      return mapped(answer, conversationOf);
    },
    async assign(id, assigneeId) {
      const answer = await call('POST', `${path}/${id}/assignments`, { assignee_id: assigneeId });
      return mapped(answer, (json) => ({ assigneeId: exactId(fieldOf(json, 'id')) }));
    },
    async setStatus(id, status) {
      const answer = await call('POST', `${path}/${id}/toggle_status`, { status });
      return mapped(answer, (json) => {
        const current = textOf(fieldOf(fieldOf(json, 'payload'), 'current_status'));
        return current === null ? undefined : { status: current };
      });
    },
    async setLabels(id, labels) {
      const answer = await call('POST', `${path}/${id}/labels`, { labels });
      return mapped(answer, (json) =>
        listOf(fieldOf(json, 'payload'), (label) => textOf(label) ?? undefined),
      );
    },
    async setCustomAttributes(id, attributes) {
      const answer = await call('POST', `${path}/${id}/custom_attributes`, { custom_attributes: attributes });
      return mapped(answer, (json) => recordOf(fieldOf(json, 'custom_attributes')));
    },
  };
}

function conversationOf(json: unknown): ChatwootConversation | undefined {
  if (!isRecord(json)) return undefined;
  const id = exactId(json.id);
  if (id === null) return undefined;
  return {
    id,
    inboxId: exactId(json.inbox_id),
    status: textOf(json.status) ?? 'unknown',
    // Before 4.0 it is missing; the last activity is the next best.
    updatedAt: numberOf(json.updated_at) ?? numberOf(json.last_activity_at) ?? 0,
    lastActivityAt: chatwootTime(json.last_activity_at) ?? chatwootTime(json.timestamp),
    assigneeId: exactId(fieldOf(fieldOf(json.meta, 'assignee'), 'id')),
    labels: listOf(json.labels, (label) => textOf(label) ?? undefined) ?? [],
    contactId: exactId(fieldOf(fieldOf(json.meta, 'sender'), 'id')),
    raw: json,
  };
}
