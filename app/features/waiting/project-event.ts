import { chatwootTime, type ExactId, exactId } from '../../lib/chatwoot/chatwoot-values.ts';
import { isRecord, type JsonRecord } from '../../lib/json.ts';
import {
  type ConversationSnapshot,
  type CustomerMessage,
  customerMessageOf,
  type PublicReply,
  readSnapshot,
  replyOfMessage,
} from './conversation-snapshot.ts';

/** What one event says of a conversation. Any order and any number of times, the same in the end. */
export interface Projection {
  snapshot: ConversationSnapshot;
  /** The message that it tells of, and the conversation's last ones. */
  customerMessages: CustomerMessage[];
  replies: PublicReply[];
  /** The message whose `message_created` this is. */
  messageId: ExactId | null;
  /** When that message was written, as Chatwoot says. */
  messageAt: Date | null;
}

const isLongNumber = (id: unknown): boolean =>
  /^\d{19,}$/.test(
    typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? String(id) : '',
  );

/**
 * @param event its name, as Chatwoot says it
 * @throws RangeError for a conversation whose number no column of a database holds
 * @returns null for events that say nothing of a conversation: contacts, the widget before its first message
 */
export function projectEvent(
  event: string,
  payload: JsonRecord,
  defaultAccount: string | null,
): Projection | null {
  const isMessage = event === 'message_created' || event === 'message_updated';
  const conversation = conversationIn(event, payload);
  const account = isRecord(payload.account) ? exactId(payload.account.id) : null;
  if (isRecord(conversation) && isLongNumber(conversation.id) && exactId(conversation.id) === null)
    throw new RangeError('the number of the conversation is beyond 2^63');
  const snapshot = readSnapshot(conversation, account === null ? defaultAccount : String(account));
  if (!snapshot) return null;
  const own = isMessage ? payload : null;
  return {
    snapshot,
    customerMessages: [customerMessageOf(own) ?? [], snapshot.customerMessages].flat(),
    replies: [replyOfMessage(own) ?? [], snapshot.replies].flat(),
    messageId: event === 'message_created' ? exactId(payload.id) : null,
    messageAt: event === 'message_created' ? chatwootTime(payload.created_at) : null,
  };
}

/** Conversation, automation and macro events are the conversation itself; messages and typing carry it. */
function conversationIn(event: string, payload: JsonRecord): unknown {
  const carried = event.startsWith('message_') || event.startsWith('conversation_typing');
  if (carried) return payload.conversation;
  const flat =
    event.startsWith('conversation_') || event.startsWith('automation_event.') || event === 'macro.executed';
  return flat ? payload : null;
}

/** Whether an event of this name can say anything of a conversation, so that its body is worth reading. */
export const isOfConversation = (event: string): boolean =>
  /^(message_|conversation_|automation_event\.|macro\.executed$)/.test(event);

/** A reply, and the time of the snapshot that it was told with: the newest account of it counts. */
export type ToldReply = PublicReply & { toldAt: number };

/** What a batch of events says of one conversation. */
export interface ConversationChange {
  /** The newest of the batch. */
  snapshot: ConversationSnapshot;
  firstReplyAt: Date | null;
  /** Of the first snapshot in which it was resolved. */
  resolvedAt: Date | null;
  replies: ToldReply[];
  customerMessages: CustomerMessage[];
  /** Every beginning of a wait that a snapshot of the batch told of. */
  waits: Date[];
}

/** What is told of a conversation, by an event or by the API. */
export type Told = Pick<Projection, 'snapshot' | 'replies' | 'customerMessages'>;

/** One change for each conversation of a batch. The order of the events makes no difference. */
export function foldProjections(projections: readonly Told[]): ConversationChange[] {
  const byKey = new Map<string, ConversationChange>();
  for (const { snapshot, customerMessages, replies } of projections) {
    const change: ConversationChange = byKey.get(snapshot.key) ?? {
      snapshot,
      firstReplyAt: null,
      resolvedAt: null,
      replies: [],
      customerMessages: [],
      waits: [],
    };
    if (snapshot.updatedAt >= change.snapshot.updatedAt) change.snapshot = snapshot;
    change.firstReplyAt = earlier(change.firstReplyAt, snapshot.firstReplyAt);
    if (snapshot.status === 'resolved')
      change.resolvedAt = earlier(change.resolvedAt, new Date(Math.round(snapshot.updatedAt * 1000)));
    change.replies.push(...replies.map((reply) => ({ ...reply, toldAt: snapshot.updatedAt })));
    change.customerMessages.push(...customerMessages);
    if (snapshot.waitingSince) change.waits.push(snapshot.waitingSince);
    byKey.set(snapshot.key, change);
  }
  return [...byKey.values()];
}

function earlier(one: Date | null, other: Date | null): Date | null {
  if (!one || !other) return one ?? other;
  return one < other ? one : other;
}
