import type { Random } from '../../random.ts';
import { AGENTS } from '../invented-customers.ts';
import type { Agent, Conversation, Inbox, Message, Place, Contact, ContactInbox } from '../records.ts';
import { createVersion, type Version } from '../version.ts';
import type { BuildPayload } from '../webhooks/webhook-sender.ts';
import { createAddMessage } from './add-message.ts';
import { createAnnouncements, type NewMessage, type StoreContext } from './context.ts';
import { type Changes, createChanges, createRemovals, type Removals } from './conversation-changes.ts';
import { createDirectory, type Directory } from './directory.ts';
import {
  createReceiveEmail,
  createStartConversation,
  type NewConversation,
  type NewEmail,
} from './start-conversation.ts';

export interface ChatwootStore extends Directory, Changes, Removals, Backups {
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
  /** Somebody opens the shop's widget for the first time, and has said nothing yet. */
  visit(): void;
  /** The customer begins or ends to type. */
  type(conversation: Conversation, state: 'on' | 'off'): void;
  /** An e-mail arrives, of a person or of a machine. */
  receiveEmail(email: NewEmail): Conversation;
  /** Open conversations that nobody has are given to somebody who is online, a moment later, as by "Default Policy". */
  setAutoAssignment(assigns: boolean): void;
}

export interface ChatwootStoreOptions {
  place: Place;
  random: Random;
  /** 4.15.1 when left out. */
  version?: Version;
  /** The shop's own when left out. */
  team?: readonly Agent[];
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
  const { place, random, now, announce, cap = 2000 } = options;
  const version = options.version ?? createVersion('4.15.1');
  const conversations = new Map<number, Conversation>();
  const directory = createDirectory({
    widget: place.inbox,
    random,
    now,
    team: options.team ?? AGENTS,
    firstContact: options.firstIds.contact,
    cap,
  });
  const placeOf = ({ inbox }: Conversation): Place => (inbox ? { ...place, inbox } : place);
  const context: StoreContext = {
    place,
    placeOf,
    random,
    now,
    version,
    cap,
    conversations,
    directory,
    next: { conversation: options.firstIds.conversation, message: options.firstIds.message },
    autoReply: options.autoReply ?? (() => null),
    assigns: false,
    tell: createAnnouncements({
      announce,
      place,
      placeOf,
      isThere: (record) => ('kind' in record ? directory.contacts : conversations).get(record.id) === record,
      now,
    }),
  };
  const changes = createChanges(context);
  const startConversation = createStartConversation(context, changes);
  const addMessage = createAddMessage(context, changes);

  return {
    place,
    placeOf,
    ...directory,
    conversations,
    startConversation,
    addMessage,
    receiveEmail: createReceiveEmail(context, startConversation, addMessage),
    visit() {
      const contact = directory.inventContact();
      const { sourceId } = directory.addContactInbox(contact, place.inbox);
      context.tell.contactCreated(contact);
      context.tell.widgetOpened(contact, sourceId);
    },
    type: (conversation, state) => context.tell.typing(conversation, state),
    ...changes,
    ...createRemovals(context),
    ...createBackups(context),
    setAutoAssignment(assigns) {
      context.assigns = assigns;
    },
  };
}

/** 1 January 2026. */
const IDS_SINCE = 1_767_225_600_000;

/**
 * First ids of a sandbox started at a time (unix milliseconds): above every id of one started earlier, as long as that
 * one made fewer than a conversation and ten messages a second.
 */
export function idsAfter(startedAt: number) {
  const seconds = Math.max(1, Math.floor((startedAt - IDS_SINCE) / 1000));
  return { conversation: seconds, message: seconds * 10, contact: seconds };
}

/** Everything that customers and people wrote, and the numbers given next, at one moment. */
interface Backup {
  conversations: Conversation[];
  contacts: Contact[];
  contactInboxes: ContactInbox[];
  next: { conversation: number; message: number; contact: number };
}

interface Backups {
  backup(): Backup;
  /** Puts it back: what came since is gone, no webhook says so, and its numbers are given out again. */
  restore(backup: Backup): void;
}

function createBackups(context: StoreContext): Backups {
  const { conversations, directory, next } = context;
  return {
    backup: () =>
      structuredClone({
        conversations: [...conversations.values()],
        contacts: [...directory.contacts.values()],
        contactInboxes: [...directory.contactInboxes],
        next: { ...next, contact: directory.nextContact() },
      }),
    restore(backup) {
      const copy = structuredClone(backup);
      conversations.clear();
      for (const conversation of copy.conversations) conversations.set(conversation.id, conversation);
      directory.putBack(copy.contacts, copy.contactInboxes, copy.next.contact);
      next.conversation = copy.next.conversation;
      next.message = copy.next.message;
    },
  };
}
