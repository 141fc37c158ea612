import { alphanumerics, uuidFrom } from '../../random.ts';
import type { Changes } from './changes.ts';
import { forgetOldest } from './directory.ts';
import type { Contact, Conversation, ConversationStatus, Inbox } from '../records.ts';
import type { StoreContext } from './context.ts';

export interface NewConversation {
  inbox?: Inbox;
  contact?: Contact;
  /** The contact's name in that inbox; a new one when left out. */
  sourceId?: string;
  /** What is asked for. A blocked contact's is resolved and a bot's is pending whatever that is. */
  status?: ConversationStatus;
  customAttributes?: Record<string, unknown>;
  additionalAttributes?: Record<string, unknown>;
}

export function createStartConversation(context: StoreContext, changes: Changes) {
  const { place, random, now, conversations, directory, tell } = context;

  /** The conversation that an inbox with one conversation a contact goes on with; nothing asked for is set then. */
  function theOne(inbox: Inbox, contact: Contact): Conversation | undefined {
    if (!inbox.lockToSingleConversation) return undefined;
    return [...conversations.values()].findLast(
      (one) => one.contact.id === contact.id && context.placeOf(one).inbox.id === inbox.id,
    );
  }

  return function startConversation(with_: NewConversation = {}): Conversation {
    const at = now();
    const contact = with_.contact ?? directory.inventContact();
    const inbox = with_.inbox ?? place.inbox;
    const there = theOne(inbox, contact);
    if (there) return there;
    const conversation: Conversation = {
      id: context.next.conversation++,
      uuid: uuidFrom(random),
      contact,
      contactInbox: {
        id: contact.id + 100_000,
        sourceId: with_.sourceId ?? uuidFrom(random),
        pubsubToken: alphanumerics(random, 24),
      },
      status: contact.blocked ? 'resolved' : inbox.bot ? 'pending' : (with_.status ?? 'open'),
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
      ...(inbox !== place.inbox && { inbox }),
      ...(with_.customAttributes && { customAttributes: with_.customAttributes }),
      ...(with_.additionalAttributes && { additionalAttributes: with_.additionalAttributes }),
    };
    directory.addContactInbox(contact, inbox, conversation.contactInbox.sourceId);
    tell.touch(conversation);
    conversations.set(conversation.id, conversation);
    forgetOldest(conversations, context.cap);
    tell.created(conversation);
    changes.assignByPolicy(conversation);
    return conversation;
  };
}
