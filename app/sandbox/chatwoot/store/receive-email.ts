import type { Contact, Conversation, Inbox, Message } from '../records.ts';
import { uuidFrom } from '../../random.ts';
import type { NewMessage } from './append-message.ts';
import type { StoreContext } from './context.ts';
import type { NewConversation } from './start-conversation.ts';

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
