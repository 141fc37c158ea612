import { hash } from 'node:crypto';
import { chatwootTime, exactId } from '../../lib/chatwoot/chatwoot-values.ts';
import { idText, type JsonObject } from './parse-webhook-body.ts';

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

/** What names a message whatever its webhook says beside it. */
export interface MessageIdentity {
  /** Digits. Chatwoot's number alone is not enough: put back from a backup, it gives numbers out again. */
  id: string;
  /** Unix seconds: the API tells no more. */
  createdSecond: number;
}

/** Null when number or time are missing or odd. */
export function messageIdentity(payload: JsonObject): MessageIdentity | null {
  const id = idText(payload.id);
  const created = chatwootTime(payload.created_at);
  if (id === null || exactId(id) === null || !created) return null;
  return { id, createdSecond: Math.floor(created.getTime() / 1000) };
}

/**
 * The id under which the Agent service knows a message event: the same whether its webhook came or it was fetched, today or
 * after a restore of a backup, so that what was handed over once is known there. A message is changed more than once,
 * hence the bytes of `message_updated`.
 * @returns a UUID (version 8 of RFC 9562); null when the event is of no message, or the message cannot be told from others
 */
export function messageEventId(input: {
  event: string;
  account: string;
  payload: JsonObject;
  body: Buffer;
}): string | null {
  const { event, account, payload, body } = input;
  if (!event.startsWith('message_')) return null;
  const identity = messageIdentity(payload);
  if (!identity) return null;
  const parts = [account, event, identity.id, identity.createdSecond];
  const bytes = hash(
    'sha256',
    JSON.stringify(event === 'message_created' ? parts : [...parts, hash('sha256', body, 'hex')]),
    'buffer',
  ).subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
