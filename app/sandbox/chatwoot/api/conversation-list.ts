import type { ListSettings } from '../conditions.ts';
import { REQUEST_TIMEOUT_MS } from '../conditions.ts';
import type { Agent, Bot, Conversation, ConversationStatus, Message } from '../records.ts';
import type { ChatwootStore } from '../store/store.ts';
import { type ApiAnswer, notFound, ok, SERVER_ERROR } from './answer.ts';
import { restConversation } from './shapes/conversation.ts';

/** With both `after` and `before`, and with `after` alone. */
const BETWEEN = 1000;
const NEWER = 100;
const LATEST = 20;

interface ListCall {
  query: URLSearchParams;
  caller: Agent | Bot;
  /** Unix milliseconds. */
  now: number;
  lists: ListSettings;
}

/** GET `/conversations`: filtered, a page of them, or with `updated_within` all at once, like the real one. */
export function listConversations(store: ChatwootStore, call: ListCall): ApiAnswer {
  const { query, now, lists } = call;
  const page = Math.max(1, Number(query.get('page')) || 1);
  lists.beforePage(page);
  const matching = matchingConversations(store, call);
  let chosen = byAssignee(matching, call);
  chosen.sort(orderOf(query.get('sort_by') ?? 'last_activity_at_desc'));
  const within = Number(query.get('updated_within'));
  if (within > 0) {
    chosen = chosen.filter((conversation) => conversation.updatedAt >= now - within * 1000);
  } else {
    if (lists.brokenPages.has(page)) return SERVER_ERROR;
    chosen = chosen.slice((page - 1) * lists.pageSize, page * lists.pageSize);
  }
  if (chosen.some(({ id }) => lists.brokenConversations.has(id))) return SERVER_ERROR;
  const waitMs = chosen.length * lists.msPerConversation;
  if (waitMs > REQUEST_TIMEOUT_MS) return { ...SERVER_ERROR, waitMs: REQUEST_TIMEOUT_MS };
  const payload = chosen.map((conversation) => restConversation(store.placeOf(conversation), conversation));
  return { ...ok({ data: { meta: countsOf(matching, call), payload } }), waitMs };
}

/** GET `/conversations/meta`. */
export function countConversations(store: ChatwootStore, call: ListCall): ApiAnswer {
  return ok({ meta: countsOf(matchingConversations(store, call), call) });
}

function matchingConversations(store: ChatwootStore, { query, caller }: ListCall): Conversation[] {
  const status = query.get('status') ?? 'open';
  const inboxId = Number(query.get('inbox_id')) || null;
  const labels = query.getAll('labels[]');
  const text = query.get('q')?.toLowerCase() ?? '';
  return [...store.conversations.values()].filter(
    (conversation) =>
      (caller.kind === 'bot' || store.maySee(caller, store.placeOf(conversation).inbox)) &&
      (status === 'all' || conversation.status === status) &&
      (inboxId === null || store.placeOf(conversation).inbox.id === inboxId) &&
      (labels.length === 0 || labels.some((label) => conversation.labels.includes(label))) &&
      (text === '' || conversation.messages.some(({ content }) => content?.toLowerCase().includes(text))),
  );
}

function byAssignee(conversations: Conversation[], { query, caller }: ListCall): Conversation[] {
  switch (query.get('assignee_type') ?? 'all') {
    case 'me':
      return conversations.filter(({ assignee }) => isOf(assignee, caller));
    case 'assigned':
      return conversations.filter(({ assignee }) => assignee !== null);
    case 'unassigned':
      return conversations.filter(({ assignee }) => assignee === null);
    default:
      return conversations;
  }
}

function countsOf(matching: Conversation[], { caller }: ListCall) {
  const assigned = matching.filter(({ assignee }) => assignee !== null).length;
  return {
    mine_count: matching.filter(({ assignee }) => isOf(assignee, caller)).length,
    assigned_count: assigned,
    unassigned_count: matching.length - assigned,
    all_count: matching.length,
  };
}

const SORT_KEYS: Record<string, (conversation: Conversation) => number> = {
  last_activity_at: (conversation) => conversation.lastActivityAt,
  created_at: (conversation) => conversation.createdAt,
  waiting_since: (conversation) => conversation.waitingSince ?? Infinity,
  priority: ({ priority }) => ['low', 'medium', 'high', 'urgent'].indexOf(priority ?? ''),
};

function orderOf(sortBy: string): (a: Conversation, b: Conversation) => number {
  const key = SORT_KEYS[sortBy.replace(/_(asc|desc)$/, '')] ?? SORT_KEYS.last_activity_at!;
  const sign = sortBy.endsWith('_asc') ? 1 : -1;
  return (a, b) => sign * (key(a) - key(b) || a.id - b.id);
}

/** Of a conversation's messages the last 20, or 20 before an id, or up to 100 after one, or up to 1000 in [after, before). */
export function pageOfMessages(conversation: Conversation, query: URLSearchParams): Message[] {
  const before = Number(query.get('before')) || null;
  const after = query.has('after') ? Number(query.get('after')) || 0 : null;
  const withoutInternal = query.get('filter_internal_messages') === 'true';
  const matching = conversation.messages.filter(
    (message) =>
      (before === null || message.id < before) &&
      (after === null || (before === null ? message.id > after : message.id >= after)) &&
      !(withoutInternal && (message.private || message.type === 'activity')),
  );
  if (after === null) return matching.slice(-LATEST);
  return matching.slice(0, before === null ? NEWER : BETWEEN);
}

const isOf = (assignee: Conversation['assignee'], { kind, id }: Agent | Bot) =>
  assignee?.kind === kind && assignee.id === id;

/** POST `/conversations`: with `source_id`, or with `inbox_id` and `contact_id`; `message`, `assignee_id` and `status` as wished. */
export function createConversation(store: ChatwootStore, body: Record<string, unknown>): ApiAnswer {
  const sourceId = typeof body.source_id === 'string' ? body.source_id : undefined;
  const inboxId = body.inbox_id === undefined ? undefined : Number(body.inbox_id);
  const known = store.contactInboxes.find(
    (one) => one.sourceId === sourceId && [undefined, one.inbox.id].includes(inboxId),
  );
  const inbox = known?.inbox ?? store.inboxes.find(({ id }) => id === inboxId);
  const contact = known?.contact ?? store.contacts.get(Number(body.contact_id));
  if (!inbox || !contact) return notFound();
  const conversation = store.startConversation({
    contact,
    inbox,
    sourceId: known?.sourceId ?? sourceId,
    status: typeof body.status === 'string' ? (body.status as ConversationStatus) : 'open',
    customAttributes: body.custom_attributes as Record<string, unknown> | undefined,
    additionalAttributes: body.additional_attributes as Record<string, unknown> | undefined,
  });
  const agent = store.agents.find(({ id }) => id === Number(body.assignee_id));
  if (agent) store.assign(conversation, agent);
  const content = (body.message as { content?: unknown } | undefined)?.content;
  if (typeof content === 'string')
    store.addMessage(conversation, {
      type: 'outgoing',
      content,
      private: false,
      sender: store.agents[0]!,
    });
  return ok(restConversation(store.placeOf(conversation), conversation));
}

/** GET `/api/v2/accounts/{a}/reports/summary?since&until` (unix seconds): counts and averages (seconds), and those of the time before. */
export function summarize(store: ChatwootStore, query: URLSearchParams): ApiAnswer {
  const since = Number(query.get('since')) * 1000 || 0;
  const until = Number(query.get('until')) * 1000 || Infinity;
  const summary = (from: number, to: number) => {
    const within = (at: number | null) => at !== null && at >= from && at < to;
    const all = [...store.conversations.values()];
    const messages = all.flatMap((one) => one.messages).filter(({ createdAt }) => within(createdAt));
    const replied = all.filter(({ firstReplyAt }) => within(firstReplyAt));
    return {
      conversations_count: all.filter(({ createdAt }) => within(createdAt)).length,
      incoming_messages_count: messages.filter(({ type }) => type === 'incoming').length,
      outgoing_messages_count: messages.filter(({ type }) => type === 'outgoing').length,
      avg_first_response_time: average(replied.map(secondsToFirstReply)),
      avg_resolution_time: null,
      resolutions_count: all.filter(({ status }) => status === 'resolved').length,
      reply_time: null,
    };
  };
  return ok({ ...summary(since, until), previous: summary(since - (until - since), since) });
}

const secondsToFirstReply = ({ firstReplyAt, createdAt }: Conversation) => (firstReplyAt! - createdAt) / 1000;

const average = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
