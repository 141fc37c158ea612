import { type ApiAnswer, ok } from './answer.ts';
import type { ChatwootStore } from '../store/store.ts';
import { person, unixSeconds } from '../webhooks/payload-parts.ts';
import type { Contact, Conversation, Inbox, Message } from '../records.ts';

/** Nothing there rescues what is not found: Rails answers. */
const notFound = (): ApiAnswer => ({ status: 404, body: { status: 404, error: 'Not Found' } });

/** One call under `/public/api/v1/inboxes`. */
export interface ClientCall {
  method: string;
  path: string[];
  body: Record<string, unknown>;
}

/** The API of API inboxes that customers' own clients use: no token, the inbox is named by its identifier. */
export function answerClient(store: ChatwootStore, { method, path, body }: ClientCall): ApiAnswer {
  const inbox = store.inboxes.find(({ api }) => api?.identifier === path[0]);
  if (!inbox || path[1] !== 'contacts') return notFound();
  if (method === 'POST' && path.length === 2) return newContact(store, inbox, body);
  const known = store.contactInboxes.find((one) => one.inbox.id === inbox.id && one.sourceId === path[2]);
  if (!known) return notFound();
  if (method === 'GET' && path.length === 3) return ok(publicContact(known.contact, known.sourceId));
  if (path[3] !== 'conversations') return notFound();
  const own = [...store.conversations.values()].filter((one) => one.contactInbox.sourceId === known.sourceId);
  if (path.length === 4) {
    if (method === 'GET') return ok(own.map(publicConversation));
    return method === 'POST' ? ok(publicConversation(store.startConversation(known))) : notFound();
  }
  const conversation = own.find(({ id }) => id === Number(path[4]));
  if (!conversation) return notFound();
  if (path.length === 5 && method === 'GET') return ok(publicConversation(conversation));
  if (path.length !== 6 || path[5] !== 'messages') return notFound();
  if (method === 'GET') return ok(publicMessages(conversation));
  if (method !== 'POST') return notFound();
  const message = store.addMessage(conversation, {
    type: 'incoming',
    content: typeof body.content === 'string' ? body.content : '',
    private: false,
    sender: known.contact,
  });
  return ok(publicMessage(conversation, message));
}

function newContact(store: ChatwootStore, inbox: Inbox, body: Record<string, unknown>): ApiAnswer {
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : null);
  const identifier = text('identifier');
  const same = [...store.contacts.values()].find(
    (one) => identifier !== null && one.identifier === identifier,
  );
  const contact =
    same ?? store.addContact({ name: text('name') ?? 'Visitor', email: text('email'), identifier });
  const { sourceId } = store.addContactInbox(contact, inbox, text('source_id') ?? undefined);
  return ok(publicContact(contact, sourceId));
}

const publicContact = (contact: Contact, sourceId: string) => ({
  source_id: sourceId,
  pubsub_token: 'sandbox-has-no-websocket',
  id: contact.id,
  name: contact.name,
  email: contact.email,
  phone_number: contact.phoneNumber,
});

const publicConversation = (conversation: Conversation) => ({
  id: conversation.id,
  uuid: conversation.uuid ?? conversation.contactInbox.sourceId,
  inbox_id: conversation.inbox?.id ?? null,
  contact_last_seen_at: unixSeconds(conversation.contactLastSeenAt),
  status: conversation.status,
  agent_last_seen_at: unixSeconds(conversation.agentLastSeenAt),
  messages: publicMessages(conversation),
  contact: publicContact(conversation.contact, conversation.contactInbox.sourceId),
});

/** Customers see neither notes nor activities. */
const publicMessages = (conversation: Conversation) =>
  conversation.messages
    .filter((message) => !message.private && message.type !== 'activity')
    .map((message) => publicMessage(conversation, message));

const TYPE_NUMBER = { incoming: 0, outgoing: 1, activity: 2, template: 3 } as const;

const publicMessage = (conversation: Conversation, message: Message) => ({
  id: message.id,
  content: message.content,
  message_type: TYPE_NUMBER[message.type],
  content_type: message.contentType ?? 'text',
  content_attributes: message.contentAttributes,
  created_at: unixSeconds(message.createdAt),
  conversation_id: conversation.id,
  ...(message.sender && { sender: person(message.sender) }),
});
