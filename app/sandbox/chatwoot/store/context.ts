import type { Random } from '../../random.ts';
import type { Change, Contact, Conversation, Inbox, Message, Place } from '../records.ts';
import type { Version } from '../version.ts';
import * as payloads from '../webhooks/payloads.ts';
import type { BuildPayload } from '../webhooks/webhook-sender.ts';
import type { OpenDirectory } from './directory.ts';

/** What the parts of the store share. */
export interface StoreContext {
  place: Place;
  placeOf: (conversation: Conversation) => Place;
  random: Random;
  /** Unix milliseconds. */
  now: () => number;
  version: Version;
  /** Conversations kept. */
  cap: number;
  conversations: Map<number, Conversation>;
  directory: OpenDirectory;
  /** Ids given next. */
  next: { conversation: number; message: number };
  autoReply: (conversation: Conversation) => string | null;
  /** Whether conversations are given to somebody by themselves. */
  assigns: boolean;
  tell: Announcements;
}

export interface NewMessage {
  type: Message['type'];
  content: string | null;
  private: boolean;
  sender: Message['sender'];
  /** `external_echo` of a reply typed in WhatsApp's own app, `automation_rule_id` of a rule's, `email` of an e-mail. */
  contentAttributes?: Record<string, unknown>;
  /** `campaign_id` of a campaign's. */
  additionalAttributes?: Record<string, unknown>;
  contentType?: Message['contentType'];
  sourceId?: string | null;
  /** Imported history bears its own time, unix ms; now when left out. */
  createdAt?: number;
}

/** Adds it, and nothing more: no webhook tells of it. */
export function appendMessage(context: StoreContext, conversation: Conversation, draft: NewMessage): Message {
  const message: Message = {
    id: context.next.message++,
    type: draft.type,
    content: draft.content,
    private: draft.private,
    createdAt: draft.createdAt ?? context.now(),
    sender: draft.sender,
    contentAttributes: draft.contentAttributes ?? {},
    ...(draft.additionalAttributes && { additionalAttributes: draft.additionalAttributes }),
    ...(draft.contentType && { contentType: draft.contentType }),
    sourceId: draft.sourceId ?? null,
  };
  conversation.messages.push(message);
  conversation.lastActivityAt = Math.max(conversation.lastActivityAt, message.createdAt);
  return message;
}

export interface Announcements {
  /** Sets `updatedAt` to a time never given before (microseconds) and returns the change. */
  touch(conversation: Conversation): Change;
  created(conversation: Conversation): void;
  /** Touches it. @param changes besides `updated_at`; null: something that is not named */
  updated(conversation: Conversation, changes: Change[] | null): void;
  statusChanged(conversation: Conversation, changes: Change[]): void;
  messageCreated(conversation: Conversation, message: Message): void;
  messageUpdated(conversation: Conversation, message: Message): void;
  contactCreated(contact: Contact): void;
  typing(conversation: Conversation, state: 'on' | 'off'): void;
  widgetOpened(contact: Contact, sourceId: string): void;
  contactUpdated(contact: Contact, changes: Change[]): void;
}

/** The webhooks of each change. What they say is built when they are sent; what is gone by then is not told of. */
export function createAnnouncements(options: {
  announce: (event: BuildPayload, inbox: Inbox | null) => void;
  place: Place;
  placeOf: (conversation: Conversation) => Place;
  isThere: (record: Conversation | Contact) => boolean;
  now: () => number;
}): Announcements {
  const { announce, place, placeOf, isThere, now } = options;
  let lastTouch = 0;

  function touch(conversation: Conversation): Change {
    lastTouch = Math.max(now(), lastTouch + 0.001);
    const previous = conversation.updatedAt;
    conversation.updatedAt = lastTouch;
    return payloads.updatedAtChange(previous, lastTouch);
  }

  function tell(conversation: Conversation, build: (where: Place) => payloads.WebhookPayload) {
    const where = placeOf(conversation);
    announce(() => (isThere(conversation) ? build(where) : null), where.inbox);
  }

  function updated(conversation: Conversation, changes: Change[] | null) {
    const touched = touch(conversation);
    const all = changes && payloads.inColumnOrder([...changes, touched]);
    tell(conversation, (where) => payloads.conversationUpdated(where, conversation, all));
  }

  return {
    touch,
    updated,
    created: (conversation) =>
      tell(conversation, (where) => payloads.conversationCreated(where, conversation)),
    statusChanged(conversation, changes) {
      const all = payloads.inColumnOrder([...changes, touch(conversation)]);
      tell(conversation, (where) => payloads.conversationStatusChanged(where, conversation));
      tell(conversation, (where) => payloads.conversationUpdated(where, conversation, all));
    },
    messageCreated: (conversation, message) =>
      tell(conversation, (where) => payloads.messageCreated(where, conversation, message)),
    messageUpdated: (conversation, message) =>
      tell(conversation, (where) => payloads.messageUpdated(where, conversation, message)),
    contactCreated: (contact) =>
      announce(() => (isThere(contact) ? payloads.contactCreated(place, contact) : null), null),
    typing: (conversation, state) =>
      tell(conversation, (where) => payloads.conversationTyping(where, conversation, state)),
    widgetOpened(contact, sourceId) {
      const visitor = { contact, contactInboxId: contact.id + 100_000, sourceId };
      announce(() => payloads.webwidgetTriggered(place, visitor, null), place.inbox);
    },
    contactUpdated(contact, changes) {
      const previous = contact.updatedAt;
      contact.updatedAt = now();
      const all = payloads.inColumnOrder([...changes, payloads.updatedAtChange(previous, contact.updatedAt)]);
      announce(() => (isThere(contact) ? payloads.contactUpdated(place, contact, all) : null), null);
    },
  };
}
