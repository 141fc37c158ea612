import { hash } from 'node:crypto';
import { messageIdentity, type MessageIdentity } from './derive-event-id.ts';
import type { JsonObject } from './parse-webhook-body.ts';
import { idText } from './safe-values.ts';

export interface DedupeInput {
  event: string;
  account: string;
  payload: JsonObject;
  body: Buffer;
  /** `X-Chatwoot-Delivery`, made when Chatwoot queued the webhook. */
  deliveryId: string | undefined;
  /** Random, of this receipt alone. */
  eventId: string;
}

/**
 * Two webhooks with the same key are one event. A business key where Chatwoot gives one (an API inbox with
 * an account webhook to the same URL posts each event twice, with two delivery ids), else delivery id and
 * bytes, else a key of this receipt's own. Whatever could tell two events apart is part of the key: a
 * duplicate is better than a loss.
 * @returns 32 bytes
 */
export function deriveDedupeKey(input: DedupeInput): Buffer {
  const { event, account, payload, body, deliveryId, eventId } = input;
  if (event === 'message_created') {
    // Once in a message's life, whatever its conversation looked like when it was sent, or fetched.
    const message = messageIdentity(payload);
    if (message) return messageDedupeKey(account, message);
  }
  if (event === 'conversation_created') {
    const id = idText(payload.id);
    const createdAt = idText(payload.created_at);
    if (id !== null && createdAt !== null) return digest('conversation', event, account, id, createdAt);
  }
  if (event.startsWith('message_')) {
    const id = idText(payload.id);
    if (id !== null) return digest('message', event, account, id, bodyHash(body));
  }
  const ofConversation = event.startsWith('conversation_') && !event.startsWith('conversation_typing');
  if (ofConversation) {
    const id = idText(payload.id);
    const updatedAt = idText(payload.updated_at);
    // Before 4.14.2 the account is missing, hence the inbox; changed_attributes is null on
    // conversation_status_changed, hence the status.
    if (id !== null && updatedAt !== null)
      return digest('conversation', event, account, id, updatedAt, [
        payload.changed_attributes ?? null,
        payload.status ?? null,
        payload.inbox_id ?? null,
      ]);
  }
  if (deliveryId) return digest('delivery', deliveryId, bodyHash(body));
  return digest('receipt', eventId);
}

/** Of the `message_created` of a message. @returns 32 bytes */
export const messageDedupeKey = (account: string, { id, createdSecond }: MessageIdentity): Buffer =>
  digest('message', 'message_created', account, id, createdSecond);

function bodyHash(body: Buffer): string {
  return hash('sha256', body, 'hex');
}

/** JSON keeps the parts apart: `["a","bc"]` is not `["ab","c"]`. */
function digest(...parts: unknown[]): Buffer {
  return hash('sha256', JSON.stringify(parts), 'buffer');
}
