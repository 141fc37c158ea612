import { isFromMachine, isOfPerson } from '../../lib/chatwoot/whose-answer.ts';
import { chatwootTime, exactId } from '../../lib/chatwoot/chatwoot-values.ts';
import { storableName } from '../../lib/storable.ts';
import { deriveDedupeKey, messageEventId, messageIdentity } from './event-identity.ts';
import { idText, type JsonObject, objectOf } from './parse-webhook-body.ts';

const LONGEST_EVENT = 200;

export interface WebhookKeys {
  /** The `webhook-id` that the Agent service sees: of a message event always the same, else of this receipt. */
  eventId: string;
  /** The event's name as Chatwoot says it, at most 200 characters, none of which acts; `unknown` when it says none. */
  event: string;
  dedupeKey: Buffer;
  /** Events with the same key are delivered one after the other. */
  conversationKey: string;
  /** Chatwoot's display id, the one in its addresses. */
  conversationId: string | null;
  /** Unix seconds: when it was made. Put back from a backup, Chatwoot gives numbers of conversations out again. */
  conversationSecond: number | null;
  /** `<account>:<contact id>` */
  customerKey: string | null;
  signal: Signal | null;
  /** The message whose `message_created` it is. */
  message: MessageName | null;
  /** Where a message event stands in its conversation. */
  order: MessageOrder | null;
}

/** What reconciliation knows a message by. */
export interface MessageName {
  account: string;
  /** Digits. */
  id: string;
  /** Unix seconds; null when its webhook does not say, or it stands in a spool record of an earlier version. */
  createdSecond?: number | null;
}

export interface KeyInput {
  payload: JsonObject;
  body: Buffer;
  deliveryId: string | undefined;
  /** Random, of this receipt alone. */
  eventId: string;
  /** The account when the payload names none: typing events, conversations before Chatwoot 4.14.2. */
  defaultAccount: string | undefined;
}

/**
 * Everything that is read from a payload, whatever its shape. Never throws: a webhook that is not understood is kept and
 * delivered in its conversation all the same, known by its numbers alone.
 * @param onTrouble told of what could not be read
 */
export function deriveKeys(input: KeyInput, onTrouble?: (error: unknown) => void): WebhookKeys {
  try {
    return readKeys(input);
  } catch (error) {
    onTrouble?.(error);
    return readKeys({ ...input, payload: numbersOf(input.payload) });
  }
}

/** What tells a webhook from others and where it belongs, as texts, and nothing else of it. */
function numbersOf(payload: JsonObject): JsonObject {
  const event = typeof payload.event === 'string' ? payload.event : '';
  const conversation = conversationOf(event, payload);
  const place = { id: idText(conversation.id), account: { id: accountOf(payload, conversation) } };
  if (conversation === payload) return { event, ...place };
  const created = payload.created_at;
  const createdAt = typeof created === 'string' || typeof created === 'number' ? created : null;
  return {
    event,
    id: idText(payload.id),
    account: place.account,
    created_at: createdAt,
    conversation: place,
  };
}

function readKeys(input: KeyInput): WebhookKeys {
  const { payload, eventId } = input;
  const event =
    typeof payload.event === 'string' && payload.event !== ''
      ? storableName(payload.event, LONGEST_EVENT)
      : 'unknown';
  const conversation = conversationOf(event, payload);
  const account = accountOf(payload, conversation) ?? input.defaultAccount ?? '-';
  const conversationId = idText(conversation.id);
  const contactId = contactIdOf(event, payload, conversation);
  return {
    eventId: messageEventId({ ...input, event, account }) ?? eventId,
    event,
    dedupeKey: deriveDedupeKey({ ...input, event, account }),
    conversationKey: conversationId
      ? `${account}:${conversationId}`
      : (otherKey(event, payload, account) ?? `event:${eventId}`),
    conversationId,
    conversationSecond: creationSecond(conversation),
    customerKey: contactId && `${account}:${contactId}`,
    signal: deriveSignal(event, payload),
    message: event === 'message_created' ? messageName(account, payload) : null,
    order: deriveMessageOrder(event, payload),
  };
}

function messageName(account: string, payload: JsonObject): MessageName | null {
  const id = idText(payload.id);
  if (id === null || exactId(id) === null) return null;
  return { account, id, createdSecond: messageIdentity(payload)?.createdSecond ?? null };
}

function creationSecond(conversation: JsonObject): number | null {
  const created = chatwootTime(conversation.created_at);
  return created && Math.floor(created.getTime() / 1000);
}

/** Conversation, automation and macro events are the conversation itself, flat; the others carry it. */
function conversationOf(event: string, payload: JsonObject): JsonObject {
  const flat =
    (event.startsWith('conversation_') && !event.startsWith('conversation_typing')) ||
    event.startsWith('automation_event.') ||
    event === 'macro.executed';
  if (flat) return payload;
  if (event === 'webwidget_triggered') return objectOf(payload.current_conversation);
  return objectOf(payload.conversation);
}

function accountOf(payload: JsonObject, conversation: JsonObject): string | null {
  const messages: unknown[] = Array.isArray(conversation.messages) ? conversation.messages : [];
  return (
    idText(objectOf(payload.account).id) ??
    idText(objectOf(conversation.account).id) ??
    idText(objectOf(objectOf(payload.contact).account).id) ??
    idText(objectOf(objectOf(payload.user).account).id) ??
    idText(objectOf(messages[0]).account_id)
  );
}

function contactIdOf(event: string, payload: JsonObject, conversation: JsonObject): string | null {
  if (event.startsWith('contact_')) return idText(payload.id);
  return (
    idText(objectOf(objectOf(conversation.meta).sender).id) ??
    idText(objectOf(payload.contact).id) ??
    idText(objectOf(conversation.contact_inbox).contact_id) ??
    (payload.message_type === 'incoming' ? idText(objectOf(payload.sender).id) : null)
  );
}

function otherKey(event: string, payload: JsonObject, account: string): string | null {
  const id = idText(payload.id);
  if (id === null) return null;
  if (event.startsWith('contact_')) return `${account}:contact:${id}`;
  if (event === 'webwidget_triggered') return `${account}:contact_inbox:${id}`;
  return null;
}

/** Where a message stands in its conversation: by when it was written, then by number. */
export interface MessageOrder {
  /** Whole seconds: a message that is fetched from Chatwoot's API knows no more, and must sort like a live one. */
  at: Date;
  /** Digits. */
  id: string;
}

const ORDERED = new Set(['message_created', 'message_updated']);

/** Null for every other event, and for a message of which time or number cannot be read: those go by receipt. */
function deriveMessageOrder(event: string, payload: JsonObject): MessageOrder | null {
  const identity = ORDERED.has(event) ? messageIdentity(payload) : null;
  return identity && { at: new Date(identity.createdSecond * 1000), id: identity.id };
}

/** What an event tells of a conversation: the customer wrote, a machine did in the customer's place, an agent answered, it was resolved. */
export type Signal = 'customer_message' | 'machine_message' | 'agent_reply' | 'resolved';

/**
 * What is incoming is the customer's, whoever is named as its sender: Chatwoot's own rule (`Message#incoming?` starts the wait).
 * A machine's mail is counted apart: nobody waits there.
 */
function deriveSignal(event: string, payload: JsonObject): Signal | null {
  if (event === 'message_created') {
    if (payload.message_type === 'incoming')
      return isFromMachine(payload) ? 'machine_message' : 'customer_message';
    if (payload.message_type === 'outgoing' && payload.private !== true && isOfPerson(payload))
      return 'agent_reply';
    return null;
  }
  const ofConversation = event.startsWith('conversation_') && !event.startsWith('conversation_typing');
  return ofConversation && payload.status === 'resolved' ? 'resolved' : null;
}
