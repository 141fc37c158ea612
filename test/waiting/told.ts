import type { WebhookPayload } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';
import { recordedWebhook } from '../support/recording.ts';

export interface Told {
  conversation: number;
  /** Of the message, if the recording is of one. */
  message?: number;
  /** When it happened. */
  at: Date;
  /** When it was told, of what happened earlier; `at` when left out. */
  toldAt?: Date;
  /** When the conversation was made; `at` when left out. */
  began?: Date;
  /** As Chatwoot shows it afterwards. */
  waitingSince?: Date | null;
  status?: string;
  firstReplyAt?: Date;
  /** Of the message: what the recording does not have. */
  attributes?: Record<string, unknown>;
  additional?: Record<string, unknown>;
  delivery?: string;
  event?: string;
  policy?: number;
  sender?: string;
}

const seconds = (at: Date) => Math.floor(at.getTime() / 1000);
type Json = Record<string, unknown>;

/** A recorded webhook as it would have come of another conversation at another time. */
export function told(recording: string, wish: Told): WebhookPayload {
  const { at, began = at, toldAt = at, message } = wish;
  const payload = structuredClone(recordedWebhook(recording)) as unknown as Json;
  const isMessage = message !== undefined;
  const conversation = (isMessage ? payload.conversation : payload) as Json;
  Object.assign(payload, { account: { id: 2, name: 'Northwind Tools' } });
  Object.assign(conversation, {
    id: wish.conversation,
    account: { id: 2, name: 'Northwind Tools' },
    status: wish.status ?? 'open',
    created_at: seconds(began),
    waiting_since: wish.waitingSince ? seconds(wish.waitingSince) : 0,
    updated_at: toldAt.getTime() / 1000 + 0.0004,
    last_activity_at: seconds(toldAt),
    timestamp: seconds(toldAt),
    first_reply_created_at: wish.firstReplyAt?.toISOString() ?? null,
    ...(wish.policy !== undefined && { sla_policy_id: wish.policy }),
  });
  if (!isMessage) return payload as unknown as WebhookPayload;
  Object.assign(payload, { id: message, created_at: at.toISOString() }, wish.event && { event: wish.event });
  // The last public message of the recording is none of this story.
  if (payload.private === true) conversation.messages = [];
  const inner = (conversation.messages as Json[])[0] ?? {};
  Object.assign(inner, { account_id: 2, conversation_id: wish.conversation });
  Object.assign(inner, { id: message, created_at: seconds(at), updated_at: toldAt.toISOString() });
  if (wish.delivery) inner.status = wish.delivery;
  for (const place of [payload, inner]) {
    place.content_attributes = { ...(place.content_attributes as Json), ...wish.attributes };
    place.additional_attributes = { ...(place.additional_attributes as Json), ...wish.additional };
    if (wish.sender) (place.sender as Json).email = wish.sender;
  }
  return payload as unknown as WebhookPayload;
}
