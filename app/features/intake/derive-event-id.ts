import { hash } from 'node:crypto';
import { chatwootTime } from '../../lib/chatwoot/time.ts';
import type { JsonObject } from './parse-webhook-body.ts';
import { idText } from './safe-values.ts';

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
  if (id === null || !/^\d{1,15}$/.test(id) || !created) return null;
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
