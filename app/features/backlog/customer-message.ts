import { fieldOf, isRecord, numberOf, type JsonRecord } from '../../lib/chatwoot/read-json.ts';
import { chatwootTime } from '../../lib/chatwoot/time.ts';
import { AT_ITS_BEGINNING_MS } from './at-its-beginning.ts';
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
