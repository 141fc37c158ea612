import { isRecord } from '../../lib/chatwoot/read-json.ts';
import { chatwootTime } from '../../lib/chatwoot/time.ts';
import { displayId } from './conversation-snapshot.ts';
import { isFromMachine } from './machine-mail.ts';

/** A message that came from the customer's side: when, not what. */
export interface CustomerMessage {
  messageId: number;
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
  const messageId = displayId(json.id);
  const at = chatwootTime(json.created_at);
  if (messageId === null || !at) return null;
  return { messageId, at, machine: isFromMachine(json) };
}
