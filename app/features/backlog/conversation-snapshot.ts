import { fieldOf, isRecord, listOf, recordOf, textOf } from '../../lib/chatwoot/read-json.ts';
import { chatwootSeconds, chatwootTime } from '../../lib/chatwoot/time.ts';
import { storableName } from '../../lib/storable.ts';
import { customerMessageOf, type CustomerMessage } from './customer-message.ts';
import { replyOfMessage, type PublicReply } from './public-reply.ts';

/** What Chatwoot said of a conversation at one moment, without its texts. */
export interface ConversationSnapshot {
  /** `<account>:<display id>`, the key that its events are ordered by. */
  key: string;
  account: string;
  conversationId: number;
  inboxId: number | null;
  status: string;
  createdAt: Date | null;
  /** Unix seconds with a fraction: the newest snapshot wins, because webhooks come unordered. */
  updatedAt: number;
  /** Null: nobody waits. */
  waitingSince: Date | null;
  firstReplyAt: Date | null;
  assignee: { id: number; kind: 'agent' | 'bot'; name: string } | null;
  priority: string | null;
  labels: string[];
  slaPolicyId: number | null;
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
  const conversationId = displayId(json.id);
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
    inboxId: displayId(json.inbox_id),
    status: storable(status),
    createdAt: chatwootTime(json.created_at),
    updatedAt,
    waitingSince: chatwootTime(json.waiting_since),
    firstReplyAt: chatwootTime(json.first_reply_created_at),
    assignee: assigneeOf(recordOf(json.meta)),
    priority: priority === null ? null : storable(priority),
    labels: (listOf(json.labels, (label) => textOf(label) ?? undefined) ?? []).slice(0, 50).map(storable),
    slaPolicyId: displayId(json.sla_policy_id),
    customerId: idOf(fieldOf(sender, 'id')),
    customerName: customer === null ? null : storable(customer),
    ticketMarker: markerOf(recordOf(json.custom_attributes).outage_ticket),
    replies: last.flatMap((message) => replyOfMessage(message) ?? []),
    customerMessages: last.flatMap((message) => customerMessageOf(message) ?? []),
  };
}

function assigneeOf(meta: Record<string, unknown>): ConversationSnapshot['assignee'] {
  const id = displayId(fieldOf(meta.assignee, 'id'));
  if (id === null) return null;
  const isBot = meta.assignee_type === 'AgentBot' || fieldOf(meta.assignee, 'type') === 'agent_bot';
  const name = textOf(fieldOf(meta.assignee, 'name')) ?? '';
  return { id, kind: isBot ? 'bot' : 'agent', name: storable(name) };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const markerOf = (value: unknown) => (typeof value === 'string' && UUID.test(value) ? value : null);

/** A number that Chatwoot counts with; null for anything else. */
export function displayId(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

const idOf = (value: unknown): string | null => {
  const id = displayId(value);
  return id === null ? null : String(id);
};

const storable = (text: string) => storableName(text, LONGEST_NAME);
