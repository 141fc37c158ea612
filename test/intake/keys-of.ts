import { randomUUID } from 'node:crypto';
import { deriveKeys } from '../../app/features/intake/derive-keys.ts';
import type { JsonObject } from '../../app/features/intake/parse-webhook-body.ts';

/** The keys of a payload received just now. */
export function keysOf(payload: JsonObject, deliveryId?: string, defaultAccount?: string) {
  const body = Buffer.from(JSON.stringify(payload));
  return deriveKeys({ payload, body, deliveryId, eventId: randomUUID(), defaultAccount });
}
