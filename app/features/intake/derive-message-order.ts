import { messageIdentity } from './derive-event-id.ts';
import type { JsonObject } from './parse-webhook-body.ts';

/** Where a message stands in its conversation: by when it was written, then by number. */
export interface MessageOrder {
  /** Whole seconds: a message that is fetched from Chatwoot's API knows no more, and must sort like a live one. */
  at: Date;
  /** Digits. */
  id: string;
}

const ORDERED = new Set(['message_created', 'message_updated']);

/** Null for every other event, and for a message of which time or number cannot be read: those go by receipt. */
export function deriveMessageOrder(event: string, payload: JsonObject): MessageOrder | null {
  const identity = ORDERED.has(event) ? messageIdentity(payload) : null;
  return identity && { at: new Date(identity.createdSecond * 1000), id: identity.id };
}
