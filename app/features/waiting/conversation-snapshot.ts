import { isFromMachine, isGiven, isOfPerson } from '../../lib/chatwoot/whose-answer.ts';
import { chatwootSeconds, chatwootTime, type ExactId, exactId } from '../../lib/chatwoot/chatwoot-values.ts';
import { fieldOf, isRecord, type JsonRecord, listOf, numberOf, recordOf, textOf } from '../../lib/json.ts';
import { storableName } from '../../lib/storable.ts';

/** What Chatwoot said of a conversation at one moment, without its texts. */
export interface ConversationSnapshot {
  /** `<account>:<display id>`, the key that its events are ordered by. */
  key: string;
  account: string;
  conversationId: ExactId;
  inboxId: ExactId | null;
  status: string;
  createdAt: Date | null;
  /** Unix seconds with a fraction: the newest snapshot wins, because webhooks come unordered. */
  updatedAt: number;
  /** Null: nobody waits. */
  waitingSince: Date | null;
  firstReplyAt: Date | null;
  assignee: { id: ExactId; kind: 'agent' | 'bot'; name: string } | null;
  priority: string | null;
  labels: string[];
  slaPolicyId: ExactId | null;
  customerId: string | null;
  customerName: string | null;
  /** Of the ticket that it was made of, when it says so. */
  ticketMarker: string | null;
  /** What the conversation's last messages are, where they are any. */
  replies: PublicReply[];
  customerMessages: CustomerMessage[];
}

const LONGEST_NAME = 200;

/**
 * Reads a conversation as webhooks carry it, or as the REST API shows it: they differ in `first_reply_created_at` (ISO or
 * a number), in `account` (an object or `account_id`) and in what is left out when it is empty.
 * @param defaultAccount the account when the payload names none (before Chatwoot 4.14.2)
 * @returns null for whatever is not a conversation
 */
export function readSnapshot(json: unknown, defaultAccount: string | null): ConversationSnapshot | null {
  if (!isRecord(json)) return null;
  const conversationId = exactId(json.id);
  const status = textOf(json.status);
  const account =
    idOf(fieldOf(json.account, 'id')) ??
    idOf(json.account_id) ??
    idOf(fieldOf(Array.isArray(json.messages) ? json.messages[0] : null, 'account_id')) ??
    defaultAccount;
  const updatedAt = chatwootSeconds(json.updated_at) ?? chatwootSeconds(json.last_activity_at);
  if (conversationId === null || status === null || account === null || updatedAt === null) return null;
  const sender = fieldOf(json.meta, 'sender');
  // The REST API shows an activity as the last message, and what was said before it apart.
  const last = [
    ...(Array.isArray(json.messages) ? (json.messages as unknown[]) : []),
    json.last_non_activity_message,
  ];
  const customer = textOf(fieldOf(sender, 'name'));
  const priority = textOf(json.priority);
  return {
    key: `${account}:${conversationId}`,
    account,
    conversationId,
    inboxId: exactId(json.inbox_id),
    status: storable(status),
    createdAt: chatwootTime(json.created_at),
    updatedAt,
    waitingSince: chatwootTime(json.waiting_since),
    firstReplyAt: chatwootTime(json.first_reply_created_at),
    assignee: assigneeOf(recordOf(json.meta)),
    priority: priority === null ? null : storable(priority),
    labels: (listOf(json.labels, (label) => textOf(label) ?? undefined) ?? []).slice(0, 50).map(storable),
    slaPolicyId: exactId(json.sla_policy_id),
    customerId: idOf(fieldOf(sender, 'id')),
    customerName: customer === null ? null : storable(customer),
    ticketMarker: markerOf(recordOf(json.custom_attributes).outage_ticket),
    replies: last.flatMap((message) => replyOfMessage(message) ?? []),
    customerMessages: last.flatMap((message) => customerMessageOf(message) ?? []),
  };
}

function assigneeOf(meta: Record<string, unknown>): ConversationSnapshot['assignee'] {
  const id = exactId(fieldOf(meta.assignee, 'id'));
  if (id === null) return null;
  const isBot = meta.assignee_type === 'AgentBot' || fieldOf(meta.assignee, 'type') === 'agent_bot';
  const name = textOf(fieldOf(meta.assignee, 'name')) ?? '';
  return { id, kind: isBot ? 'bot' : 'agent', name: storable(name) };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const markerOf = (value: unknown) => (typeof value === 'string' && UUID.test(value) ? value : null);

const idOf = (value: unknown): string | null => {
  const id = exactId(value);
  return id === null ? null : String(id);
};

const storable = (text: string) => storableName(text, LONGEST_NAME);

/** A message that came from the customer's side: when, not what. */
export interface CustomerMessage {
  messageId: ExactId;
  at: Date;
  /** No person wrote it. */
  machine: boolean;
}

/**
 * A message as webhooks have it (`message_type` is a word), or inside a conversation and in the REST API (a number, 0).
 * @returns null when it is not the customer's
 */
export function customerMessageOf(json: unknown): CustomerMessage | null {
  if (!isRecord(json)) return null;
  if (json.message_type !== 'incoming' && json.message_type !== 0) return null;
  const messageId = exactId(json.id);
  const at = chatwootTime(json.created_at);
  if (messageId === null || !at) return null;
  return { messageId, at, machine: isFromMachine(json) };
}

/** Stands for a message that is known of and whose number is not. */
const WITHOUT_NUMBER = -2;

/**
 * What a conversation in the list tells of a customer's message that is not its last one: there are some that no agent has
 * seen, behind a note, a draft or a greeting. Of an e-mail conversation only how it began can be told from a machine's.
 * @param since Chatwoot's `waiting_since`
 */
export function unseenMessageOf(
  conversation: JsonRecord,
  { since, createdAt }: { since: Date; createdAt: Date | null },
): CustomerMessage | null {
  if ((numberOf(conversation.unread_count) ?? 0) <= 0) return null;
  const told = { messageId: WITHOUT_NUMBER, at: since };
  const { meta, additional_attributes: attributes } = conversation;
  if (fieldOf(meta, 'channel') !== 'Channel::Email') return { ...told, machine: false };
  const auto = fieldOf(attributes, 'auto_reply');
  const began = createdAt !== null && since.getTime() < createdAt.getTime() + AT_ITS_BEGINNING_MS;
  if (!began || typeof auto !== 'boolean') return null;
  const email = { auto_reply: auto, subject: fieldOf(attributes, 'mail_subject') };
  return {
    ...told,
    machine: isFromMachine({ content_attributes: { email }, sender: fieldOf(meta, 'sender') }),
  };
}

/** A public answer to a customer: whose and when, not what. */
export interface PublicReply {
  messageId: ExactId;
  at: Date;
  /** `bot` also for what a rule, a campaign or the assistant sent: no person has answered. */
  kind: 'agent' | 'bot';
  byName: string | null;
  /** It could not be sent: the customer never got it. */
  failed: boolean;
}

/**
 * A message as webhooks have it (`message_type` is a word), or inside a conversation and in the REST API (a number, 1).
 * @returns null when it is no answer: a customer's message, a private note (so are AI drafts), a greeting, an activity
 */
export function replyOfMessage(json: unknown): PublicReply | null {
  if (!isRecord(json)) return null;
  if (json.message_type !== 'outgoing' && json.message_type !== 1) return null;
  if (json.private === true) return null;
  const messageId = exactId(json.id);
  const at = chatwootTime(json.created_at);
  if (messageId === null || !at) return null;
  const name = textOf(fieldOf(json.sender, 'name'));
  return {
    messageId,
    at,
    kind: isOfPerson(json) ? 'agent' : 'bot',
    byName: name === null ? null : storableName(name, LONGEST_NAME),
    failed: json.status === 'failed' || isGiven(fieldOf(json.content_attributes, 'external_error')),
  };
}

/** Chatwoot makes a conversation, sets `waiting_since` to that, in whole seconds, and then adds the message that it begins with. */
export const AT_ITS_BEGINNING_MS = 5000;
