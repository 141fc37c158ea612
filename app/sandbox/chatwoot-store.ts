import type { Inbox } from './records.ts';
import { AGENTS } from './invented-customers.ts';
import { inventContact } from './invented-customers.ts';
import * as payloads from './payloads.ts';
import { alphanumerics, uuidFrom, type Random } from './random.ts';
import type { Agent, Bot, Change, Conversation, ConversationStatus, Message, Place } from './records.ts';

export interface NewMessage {
  type: Message['type'];
  content: string;
  private: boolean;
  sender: Message['sender'];
  contentAttributes?: Record<string, unknown>;
  sourceId?: string | null;
}

export interface ChatwootStore {
  place: Place;
  agents: readonly Agent[];
  inboxes: readonly Inbox[];
  /** Oldest first; bounded by `cap`. */
  conversations: ReadonlyMap<number, Conversation>;
  /** A new customer opens the widget and a conversation begins. */
  startConversation(): Conversation;
  /** Adds a message with everything that Chatwoot changes, and announces, because of it. */
  addMessage(conversation: Conversation, message: NewMessage): Message;
  assign(conversation: Conversation, assignee: Agent | Bot | null): void;
  setStatus(conversation: Conversation, status: ConversationStatus): void;
}

export interface ChatwootStoreOptions {
  place: Place;
  random: Random;
  /** Unix milliseconds. */
  now: () => number;
  /** The first ids; later starts must not meet earlier ones. */
  firstIds: { conversation: number; message: number; contact: number };
  announce: (payload: payloads.WebhookPayload) => void;
  /** Conversations kept; the oldest are forgotten. */
  cap?: number;
}

/** The simulated Chatwoot's memory. Every change announces the webhooks that the real one would send for it. */
export function createChatwootStore(options: ChatwootStoreOptions): ChatwootStore {
  const { place, random, now, announce, cap = 2000 } = options;
  const next = { ...options.firstIds };
  const conversations = new Map<number, Conversation>();
  let lastTouch = 0;

  /** Sets `updatedAt` to a time never given before (microseconds) and returns the change. */
  function touch(conversation: Conversation): Change {
    lastTouch = Math.max(now(), lastTouch + 0.001);
    const previous = conversation.updatedAt;
    conversation.updatedAt = lastTouch;
    return payloads.updatedAtChange(previous, lastTouch);
  }

  function announceUpdate(conversation: Conversation, changes: Change[]) {
    announce(payloads.conversationUpdated(place, conversation, [...changes, touch(conversation)]));
  }

  function startConversation(): Conversation {
    const at = now();
    const contact = inventContact(random, next.contact++, at);
    const conversation: Conversation = {
      id: next.conversation++,
      contact,
      contactInbox: {
        id: contact.id + 100_000,
        sourceId: uuidFrom(random),
        pubsubToken: alphanumerics(random, 24),
      },
      status: 'open',
      assignee: null,
      labels: [],
      messages: [],
      createdAt: at,
      updatedAt: at,
      lastActivityAt: at,
      waitingSince: at,
      firstReplyAt: null,
      agentLastSeenAt: null,
      contactLastSeenAt: null,
      unreadCount: 0,
    };
    touch(conversation);
    conversations.set(conversation.id, conversation);
    for (const id of conversations.keys()) {
      if (conversations.size <= cap) break;
      conversations.delete(id);
    }
    announce(payloads.conversationCreated(place, conversation));
    return conversation;
  }

  function addMessage(conversation: Conversation, draft: NewMessage): Message {
    const at = now();
    const message: Message = {
      id: next.message++,
      type: draft.type,
      content: draft.content,
      private: draft.private,
      createdAt: at,
      sender: draft.sender,
      contentAttributes: draft.contentAttributes ?? {},
      sourceId: draft.sourceId ?? null,
    };
    conversation.messages.push(message);
    conversation.lastActivityAt = at;
    const changes = message.private ? [] : effectsOfPublicMessage(conversation, message);
    touch(conversation);
    announce(payloads.messageCreated(place, conversation, message));
    if (message.type === 'incoming') {
      const { contact } = conversation;
      const previous = contact.updatedAt;
      contact.updatedAt = at;
      announce(
        payloads.contactUpdated(place, contact, [
          payloads.change('last_activity_at', new Date(previous).toISOString(), new Date(at).toISOString()),
          payloads.updatedAtChange(previous, at),
        ]),
      );
    }
    if (changes.length > 0) announceUpdate(conversation, changes);
    return message;
  }

  function setStatus(conversation: Conversation, status: ConversationStatus) {
    const previous = conversation.status;
    if (previous === status) return;
    conversation.status = status;
    const touched = touch(conversation);
    announce(payloads.conversationStatusChanged(place, conversation));
    const changes = [payloads.change('status', previous, status), touched];
    announce(payloads.conversationUpdated(place, conversation, changes));
  }

  return {
    place,
    agents: AGENTS,
    inboxes: [place.inbox],
    conversations,
    startConversation,
    addMessage,
    assign(conversation, assignee) {
      const idOf = (who: Conversation['assignee']) => who?.id ?? null;
      const changes = [payloads.change('assignee_id', idOf(conversation.assignee), idOf(assignee))];
      conversation.assignee = assignee;
      announceUpdate(conversation, changes);
    },
    setStatus,
  };
}

/** What a public message does to its conversation; returns what conversation_updated will tell of it. */
function effectsOfPublicMessage(conversation: Conversation, message: Message): Change[] {
  const at = message.createdAt;
  const seconds = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  if (message.type === 'incoming') {
    conversation.unreadCount += 1;
    conversation.contactLastSeenAt = at;
    // A new conversation waits from its start; its first message only makes that known.
    const first = conversation.messages.length === 1;
    if (conversation.waitingSince !== null && !first) return [];
    const previous = first ? null : conversation.waitingSince;
    conversation.waitingSince ??= at;
    return [payloads.change('waiting_since', previous, seconds(conversation.waitingSince))];
  }
  if (message.type === 'template' || message.sender?.kind !== 'agent') return [];
  conversation.unreadCount = 0;
  conversation.agentLastSeenAt = at;
  const changes: Change[] = [];
  if (conversation.firstReplyAt === null) {
    conversation.firstReplyAt = at;
    changes.push(payloads.change('first_reply_created_at', null, seconds(at)));
  }
  if (conversation.waitingSince !== null) {
    changes.push(payloads.change('waiting_since', seconds(conversation.waitingSince), null));
    conversation.waitingSince = null;
  }
  return changes;
}
