import type { BuildPayload } from './webhook-sender.ts';
import { createAnnouncements } from './announcements.ts';
import { createDirectory, forgetOldest, type Directory } from './directory.ts';
import { effectsOfPublicMessage } from './message-effects.ts';
import * as payloads from './payloads.ts';
import { alphanumerics, uuidFrom, type Random } from '../random.ts';
import type {
  Agent,
  Bot,
  Contact,
  Conversation,
  ConversationStatus,
  Inbox,
  Message,
  MessageStatus,
  Place,
  Priority,
} from './records.ts';

export interface NewMessage {
  type: Message['type'];
  content: string;
  private: boolean;
  sender: Message['sender'];
  contentAttributes?: Record<string, unknown>;
  sourceId?: string | null;
}

export interface NewConversation {
  inbox?: Inbox;
  contact?: Contact;
  /** The contact's name in that inbox; a new one when left out. */
  sourceId?: string;
  status?: ConversationStatus;
  customAttributes?: Record<string, unknown>;
}

export interface ChatwootStore extends Directory {
  /** The account and the shop's widget. */
  place: Place;
  /** Where a conversation takes place. */
  placeOf(conversation: Conversation): Place;
  /** Oldest first; bounded by `cap`. */
  conversations: ReadonlyMap<number, Conversation>;
  /** A new customer, or the one named, begins a conversation: in the widget, if no inbox is named. */
  startConversation(with_?: NewConversation): Conversation;
  /** Adds a message with everything that Chatwoot changes, and announces, because of it. */
  addMessage(conversation: Conversation, message: NewMessage): Message;
  /** Announces it only when it is another status. */
  setMessageStatus(conversation: Conversation, message: Message, status: MessageStatus, error?: string): void;
  assign(conversation: Conversation, assignee: Agent | Bot | null): void;
  setStatus(conversation: Conversation, status: ConversationStatus): void;
  setLabels(conversation: Conversation, labels: string[]): void;
  setPriority(conversation: Conversation, priority: Priority | null): void;
  setCustomAttributes(conversation: Conversation, attributes: Record<string, unknown>): void;
}

export interface ChatwootStoreOptions {
  place: Place;
  random: Random;
  /** Unix milliseconds. */
  now: () => number;
  /** The first ids; later starts must not meet earlier ones. */
  firstIds: { conversation: number; message: number; contact: number };
  /**
   * @param event builds the webhook's payload when its job runs; null: what it tells of is gone by then
   * @param inbox where it happened; null for what belongs to no inbox
   */
  announce: (event: BuildPayload, inbox: Inbox | null) => void;
  /** What Chatwoot answers a customer by itself; null: nothing. */
  autoReply?: (conversation: Conversation) => string | null;
  /** Conversations kept; the oldest are forgotten. */
  cap?: number;
}

/** The simulated Chatwoot's memory. Every change announces the webhooks that the real one would send for it. */
export function createChatwootStore(options: ChatwootStoreOptions): ChatwootStore {
  const { place, random, now, announce, autoReply, cap = 2000 } = options;
  const next = { ...options.firstIds };
  const conversations = new Map<number, Conversation>();
  const directory = createDirectory({
    widget: place.inbox,
    random,
    now,
    firstContact: next.contact,
    cap,
  });
  const placeOf = ({ inbox }: Conversation): Place => (inbox ? { ...place, inbox } : place);
  const tell = createAnnouncements({
    announce,
    place,
    placeOf,
    isThere: (record) => ('kind' in record ? directory.contacts : conversations).get(record.id) === record,
    now,
  });

  function startConversation(with_: NewConversation = {}): Conversation {
    const at = now();
    const contact = with_.contact ?? directory.inventContact();
    const conversation: Conversation = {
      id: next.conversation++,
      contact,
      contactInbox: {
        id: contact.id + 100_000,
        sourceId: with_.sourceId ?? uuidFrom(random),
        pubsubToken: alphanumerics(random, 24),
      },
      status: with_.status ?? 'open',
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
      // The widget's conversations name no inbox of their own.
      ...(with_.inbox && with_.inbox !== place.inbox && { inbox: with_.inbox }),
      ...(with_.customAttributes && { customAttributes: with_.customAttributes }),
    };
    tell.touch(conversation);
    conversations.set(conversation.id, conversation);
    forgetOldest(conversations, cap);
    tell.created(conversation);
    return conversation;
  }

  function append(conversation: Conversation, draft: NewMessage): Message {
    const message: Message = {
      id: next.message++,
      type: draft.type,
      content: draft.content,
      private: draft.private,
      createdAt: now(),
      sender: draft.sender,
      contentAttributes: draft.contentAttributes ?? {},
      sourceId: draft.sourceId ?? null,
    };
    conversation.messages.push(message);
    conversation.lastActivityAt = message.createdAt;
    return message;
  }

  function addMessage(conversation: Conversation, draft: NewMessage): Message {
    const message = append(conversation, draft);
    const changes = message.private ? [] : effectsOfPublicMessage(conversation, message);
    tell.touch(conversation);
    tell.messageCreated(conversation, message);
    if (message.type === 'incoming') {
      const { contact } = conversation;
      const previous = contact.lastActivityAt ?? null;
      contact.lastActivityAt = message.createdAt;
      tell.contactUpdated(contact, [
        payloads.change('last_activity_at', isoOrNull(previous), isoOrNull(message.createdAt)),
      ]);
    }
    if (changes.length > 0) tell.updated(conversation, changes);
    const reply = message.type === 'incoming' ? autoReply?.(conversation) : null;
    if (reply) addMessage(conversation, { type: 'template', content: reply, private: false, sender: null });
    return message;
  }

  /** What Chatwoot writes into the conversation about a change: no webhook tells of it. */
  function noteActivity(conversation: Conversation, content: string) {
    append(conversation, { type: 'activity', content, private: false, sender: null });
  }

  function change(conversation: Conversation, name: string, previous: unknown, current: unknown) {
    tell.updated(conversation, [payloads.change(name, previous, current)]);
  }

  return {
    place,
    placeOf,
    ...directory,
    conversations,
    startConversation,
    addMessage,
    setMessageStatus(conversation, message, status, error) {
      if (message.status === status) return;
      message.status = status;
      if (error !== undefined) message.contentAttributes.external_error = error;
      tell.messageUpdated(conversation, message);
    },
    assign(conversation, assignee) {
      const idOf = (who: Conversation['assignee']) => who?.id ?? null;
      const previous = idOf(conversation.assignee);
      conversation.assignee = assignee;
      noteActivity(
        conversation,
        assignee ? `Assigned to ${assignee.name}` : 'Conversation unassigned by Ilya Brandt',
      );
      change(conversation, 'assignee_id', previous, idOf(assignee));
    },
    setStatus(conversation, status) {
      const previous = conversation.status;
      if (previous === status) return;
      conversation.status = status;
      noteActivity(conversation, `Conversation was marked ${status}`);
      tell.statusChanged(conversation, [payloads.change('status', previous, status)]);
    },
    setLabels(conversation, labels) {
      const previous = conversation.labels;
      conversation.labels = [...new Set(labels)];
      tell.updated(conversation, [
        payloads.change('cached_label_list', previous.join(', ') || null, conversation.labels.join(', ')),
        payloads.change('label_list', previous, conversation.labels),
      ]);
    },
    setPriority(conversation, priority) {
      const previous = conversation.priority ?? null;
      conversation.priority = priority;
      change(conversation, 'priority', previous, priority);
    },
    setCustomAttributes(conversation, attributes) {
      const previous = conversation.customAttributes ?? {};
      conversation.customAttributes = attributes;
      change(conversation, 'custom_attributes', previous, attributes);
    },
  };
}

const isoOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString());
