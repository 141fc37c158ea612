import { type ApiAnswer, invalid, notFound, ok, SERVER_ERROR, UNAUTHORIZED } from './answer.ts';
import type { ListSettings } from '../conditions.ts';
import { channelOf, unixSeconds } from '../webhooks/payload-parts.ts';
import type { Version } from '../version.ts';
import type { ChatwootStore } from '../store/store.ts';
import {
  countConversations,
  createConversation,
  listConversations,
  pageOfMessages,
} from './conversation-list.ts';
import type { Agent, Bot, Conversation, ConversationStatus, MessageStatus, Priority } from '../records.ts';
import { restAgent, restConversation, restMessage, restMessages } from './shapes/conversation.ts';

const STATUSES: readonly string[] = ['open', 'resolved', 'pending', 'snoozed'] satisfies ConversationStatus[];
const PRIORITIES: readonly unknown[] = [
  'low',
  'medium',
  'high',
  'urgent',
  null,
] satisfies (Priority | null)[];
const MESSAGE_STATUSES: readonly unknown[] = [
  'sent',
  'delivered',
  'read',
  'failed',
] satisfies MessageStatus[];

/** One call under `/api/v1/accounts/{a}/conversations`. */
export interface ConversationsCall {
  method: string;
  /** Path after `conversations`, without empty parts. */
  path: string[];
  query: URLSearchParams;
  body: Record<string, unknown>;
  /** Who the token belongs to. */
  caller: Agent | Bot;
  /** Unix milliseconds. */
  now: number;
  lists: ListSettings;
  version: Version;
}

/** @returns null when there is no such route */
export function answerConversations(store: ChatwootStore, call: ConversationsCall): ApiAnswer | null {
  const { method, path, body } = call;
  if (path.length === 0) {
    if (method === 'POST') return createConversation(store, body);
    return method === 'GET' ? listConversations(store, call) : null;
  }
  if (method === 'GET' && path.length === 1 && path[0] === 'meta') return countConversations(store, call);
  const conversation = store.conversations.get(Number(path[0]));
  if (!conversation) return notFound();
  const place = store.placeOf(conversation);
  if (call.caller.kind === 'agent' && !store.maySee(call.caller, place.inbox)) return UNAUTHORIZED;
  if (call.lists.brokenConversations.has(conversation.id)) return SERVER_ERROR;
  if (path[1] === 'messages' && path.length === 3 && method === 'PATCH')
    return setMessageStatus(store, conversation, call);
  switch (`${method} ${path.slice(1).join('/')}`) {
    case 'GET ':
      return ok(restConversation(place, conversation));
    case 'DELETE ':
      store.deleteConversation(conversation.id);
      return ok();
    case 'PATCH ':
      return setPriority(store, conversation, body, () => ok(restConversation(place, conversation)));
    case 'GET messages':
      return ok(restMessages(place, conversation, pageOfMessages(conversation, call.query)));
    case 'POST messages':
      return post(store, conversation, call);
    case 'POST toggle_status':
      return toggleStatus(store, conversation, call);
    case 'POST toggle_priority':
      return setPriority(store, conversation, body, () => ok());
    case 'POST assignments':
      return assign(store, conversation, call);
    case 'GET labels':
      return ok({ payload: conversation.labels });
    case 'POST labels':
      return setLabels(store, conversation, body);
    case 'POST custom_attributes':
      store.setCustomAttributes(conversation, objectOf(body.custom_attributes));
      return ok({ custom_attributes: conversation.customAttributes });
    default:
      return null;
  }
}

function post(
  store: ChatwootStore,
  conversation: Conversation,
  { body, caller, version }: ConversationsCall,
): ApiAnswer {
  const isIncoming = body.message_type === 'incoming';
  if (isIncoming && !conversation.inbox?.api) {
    return { status: 422, body: { error: 'Incoming messages are only allowed in Api inboxes' } };
  }
  const isMail = channelOf(store.placeOf(conversation).inbox) === 'Channel::Email';
  const message = store.addMessage(conversation, {
    type: isIncoming ? 'incoming' : 'outgoing',
    content: typeof body.content === 'string' ? body.content : '',
    private: body.private === true || body.private === 'true',
    sender: isIncoming ? conversation.contact : caller,
    contentAttributes: {
      ...(version.atLeast('4.9.0') && objectOf(body.content_attributes)),
      ...(isMail && !isIncoming && { cc_emails: [], bcc_emails: [], to_emails: [] }),
    },
    sourceId: typeof body.source_id === 'string' && version.atLeast('4.15.0') ? body.source_id : null,
  });
  return ok({
    ...restMessage(store.placeOf(conversation), conversation, message),
    ...(typeof body.echo_id === 'string' && { echo_id: body.echo_id }),
  });
}

/** The receiver of an API inbox tells how its delivery went. */
function setMessageStatus(
  store: ChatwootStore,
  conversation: Conversation,
  { path, body }: ConversationsCall,
): ApiAnswer {
  const message = conversation.messages.find(({ id }) => id === Number(path[2]));
  if (!message) return notFound();
  if (!conversation.inbox?.api) {
    return { status: 403, body: { error: 'Message status update is only allowed for API inboxes' } };
  }
  if (!MESSAGE_STATUSES.includes(body.status)) return invalid('Status is invalid', 'status');
  const error = typeof body.external_error === 'string' ? body.external_error : undefined;
  store.setMessageStatus(conversation, message, body.status as MessageStatus, error);
  return ok(restMessage(store.placeOf(conversation), conversation, message));
}

function toggleStatus(
  store: ChatwootStore,
  conversation: Conversation,
  { body }: ConversationsCall,
): ApiAnswer {
  const flipped = conversation.status === 'open' ? 'resolved' : 'open';
  const wanted = typeof body.status === 'string' ? body.status : flipped;
  if (!STATUSES.includes(wanted)) return SERVER_ERROR;
  const until = Number(body.snoozed_until) || null;
  store.setStatus(conversation, wanted as ConversationStatus, until && until * 1000);
  return ok({
    payload: {
      success: true,
      conversation_id: conversation.id,
      current_status: conversation.status,
      snoozed_until: conversation.snoozedUntil ? unixSeconds(conversation.snoozedUntil) : null,
    },
  });
}

/** An agent who is unknown or gone is nobody: 200, `null`, and the conversation is nobody's. */
function assign(store: ChatwootStore, conversation: Conversation, { body }: ConversationsCall): ApiAnswer {
  const agent = store.agents.find(({ id }) => id === Number(body.assignee_id)) ?? null;
  store.assign(conversation, agent);
  return ok(agent && restAgent(store.place, agent));
}

function setPriority(
  store: ChatwootStore,
  conversation: Conversation,
  body: Record<string, unknown>,
  answer: () => ApiAnswer,
): ApiAnswer {
  const { priority = null } = body;
  if (!PRIORITIES.includes(priority)) return invalid('Priority is invalid', 'priority');
  store.setPriority(conversation, priority as Priority | null);
  return answer();
}

function setLabels(
  store: ChatwootStore,
  conversation: Conversation,
  { labels }: Record<string, unknown>,
): ApiAnswer {
  store.setLabels(conversation, Array.isArray(labels) ? labels.map(String) : []);
  return ok({ payload: conversation.labels });
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
