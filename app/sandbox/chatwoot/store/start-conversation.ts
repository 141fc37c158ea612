import { alphanumerics, uuidFrom } from '../../random.ts';
import type { Contact, Conversation, ConversationStatus, Inbox, Message } from '../records.ts';
import type { NewMessage, StoreContext } from './context.ts';
import type { Changes } from './conversation-changes.ts';
import { forgetOldest } from './directory.ts';

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

export interface NewEmail {
  /** An inbox whose channel is e-mail. */
  inbox: Inbox;
  from: Contact;
  subject: string;
  text: string;
  /** Chatwoot keeps it whole, and its payloads carry it twice. */
  html?: string;
  /** Sent by a machine: an out-of-office answer, a robot's notice. */
  autoReply?: boolean;
  /** The conversation that it answers in; a new one when left out. */
  conversation?: Conversation;
}

/** An e-mail arrives: a conversation and its message, with all that Chatwoot keeps of the e-mail. */
export function createReceiveEmail(
  context: StoreContext,
  startConversation: (with_: NewConversation) => Conversation,
  addMessage: (conversation: Conversation, message: NewMessage) => Message,
) {
  return function receiveEmail(email: NewEmail): Conversation {
    const { inbox, from, subject, text, autoReply = false } = email;
    const at = new Date(context.now()).toISOString();
    const conversation =
      email.conversation ??
      startConversation({
        inbox,
        contact: from,
        sourceId: from.email ?? undefined,
        additionalAttributes: {
          source: 'email',
          auto_reply: autoReply,
          in_reply_to: null,
          initiated_at: { timestamp: at },
          mail_subject: subject,
        },
      });
    const messageId = `${uuidFrom(context.random)}@mail.example.com`;
    addMessage(conversation, {
      type: 'incoming',
      content: text,
      private: false,
      sender: from,
      contentType: 'incoming_email',
      sourceId: messageId,
      contentAttributes: {
        email: {
          bcc: null,
          cc: null,
          content_type: 'multipart/alternative; boundary="--==_mimepart"',
          date: at,
          from: [from.email],
          headers: null,
          html_content: { full: email.html ?? `<p>${text}</p>`, reply: text, quoted: text },
          in_reply_to: null,
          message_id: messageId,
          multipart: true,
          number_of_attachments: 0,
          references: [],
          subject,
          text_content: { full: `${text}\n`, reply: text, quoted: text },
          to: ['care@example.com'],
          auto_reply: autoReply,
        },
        cc_email: null,
        bcc_email: null,
      },
    });
    return conversation;
  };
}
