import { notFound, ok, type ApiAnswer } from './api-answer.ts';
import type { ChatwootStore } from './chatwoot-store.ts';
import type { Agent, Bot, Conversation, ConversationStatus } from './records.ts';
import { restConversation, restMessage, restMessages } from './rest-shapes.ts';

const PAGE_SIZE = 25;
const STATUSES: readonly string[] = ['open', 'resolved', 'pending', 'snoozed'] satisfies ConversationStatus[];

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
}

/** @returns null when there is no such route */
export function answerConversations(store: ChatwootStore, call: ConversationsCall): ApiAnswer | null {
  const { method, path } = call;
  if (path.length === 0) return method === 'GET' ? list(store, call) : null;
  const conversation = store.conversations.get(Number(path[0]));
  if (!conversation) return notFound();
  switch (`${method} ${path.slice(1).join('/')}`) {
    case 'GET ':
      return ok(restConversation(store.place, conversation));
    case 'GET messages':
      return ok(restMessages(store.place, conversation, page(conversation, call.query)));
    case 'POST messages':
      return post(store, conversation, call);
    case 'POST toggle_status':
      return toggleStatus(store, conversation, call);
    case 'POST assignments':
      return assign(store, conversation, call);
    default:
      return null;
  }
}

function list(store: ChatwootStore, { query, now }: ConversationsCall): ApiAnswer {
  const status = query.get('status') ?? 'open';
  const assignment = query.get('assignee_type') ?? 'all';
  const withStatus = [...store.conversations.values()].filter(
    (conversation) => status === 'all' || conversation.status === status,
  );
  const assigned = withStatus.filter((conversation) => conversation.assignee !== null);
  let chosen = withStatus;
  if (assignment === 'assigned') chosen = assigned;
  if (assignment === 'unassigned') chosen = withStatus.filter(({ assignee }) => assignee === null);
  chosen = [...chosen].sort((a, b) => b.lastActivityAt - a.lastActivityAt);
  const within = Number(query.get('updated_within'));
  if (within > 0) {
    // Not paginated, like the real one.
    chosen = chosen.filter((conversation) => conversation.updatedAt >= now - within * 1000);
  } else {
    const first = (Math.max(1, Number(query.get('page')) || 1) - 1) * PAGE_SIZE;
    chosen = chosen.slice(first, first + PAGE_SIZE);
  }
  const meta = {
    mine_count: 0,
    assigned_count: assigned.length,
    unassigned_count: withStatus.length - assigned.length,
    all_count: withStatus.length,
  };
  return ok({
    data: { meta, payload: chosen.map((conversation) => restConversation(store.place, conversation)) },
  });
}

/** The last 20, or 20 before an id, or up to 100 after one, or up to 1000 between two. */
function page(conversation: Conversation, query: URLSearchParams) {
  const before = Number(query.get('before')) || null;
  const after = Number(query.get('after')) || null;
  const internal = query.get('filter_internal_messages') === 'true';
  const matching = conversation.messages.filter(
    (message) =>
      (before === null || message.id < before) &&
      (after === null || (before === null ? message.id > after : message.id >= after)) &&
      !(internal && message.private),
  );
  if (after === null) return matching.slice(-20);
  return matching.slice(0, before === null ? 100 : 1000);
}

function post(
  store: ChatwootStore,
  conversation: Conversation,
  { body, caller }: ConversationsCall,
): ApiAnswer {
  if (body.message_type === 'incoming') {
    return { status: 422, body: { error: 'Incoming messages are only allowed in Api inboxes' } };
  }
  const attributes = body.content_attributes;
  const message = store.addMessage(conversation, {
    type: 'outgoing',
    content: typeof body.content === 'string' ? body.content : '',
    private: body.private === true || body.private === 'true',
    sender: caller,
    contentAttributes:
      typeof attributes === 'object' && attributes !== null ? (attributes as Record<string, unknown>) : {},
    sourceId: typeof body.source_id === 'string' ? body.source_id : null,
  });
  return ok(restMessage(store.place, conversation, message));
}

function toggleStatus(
  store: ChatwootStore,
  conversation: Conversation,
  { body }: ConversationsCall,
): ApiAnswer {
  const flipped = conversation.status === 'open' ? 'resolved' : 'open';
  const wanted = typeof body.status === 'string' ? body.status : flipped;
  if (!STATUSES.includes(wanted)) {
    return { status: 422, body: { error: `'${wanted}' is not a valid status` } };
  }
  store.setStatus(conversation, wanted as ConversationStatus);
  return ok({
    meta: {},
    payload: {
      success: true,
      conversation_id: conversation.id,
      current_status: conversation.status,
      snoozed_until: null,
    },
  });
}

function assign(store: ChatwootStore, conversation: Conversation, { body }: ConversationsCall): ApiAnswer {
  const agent = store.agents.find(({ id }) => id === Number(body.assignee_id)) ?? null;
  store.assign(conversation, agent);
  return ok(agent && { id: agent.id, name: agent.name, email: agent.email });
}
