import { fieldOf, isRecord, textOf } from '../../lib/chatwoot/read-json.ts';
import { chatwootTime } from '../../lib/chatwoot/time.ts';
import { storableName } from '../../lib/storable.ts';
import { displayId } from './conversation-snapshot.ts';

const LONGEST_NAME = 200;

/** A public answer to a customer: whose and when, not what. */
export interface PublicReply {
  messageId: number;
  at: Date;
  /** `bot` also for what a rule or the assistant sent: no person has answered. */
  kind: 'agent' | 'bot';
  byName: string | null;
}

/**
 * A message as webhooks have it (`message_type` is a word), or inside a conversation and in the REST API (a number, 1).
 * @returns null when it is no answer: a customer's message, a private note (so are AI drafts), a greeting, an activity
 */
export function replyOfMessage(json: unknown): PublicReply | null {
  if (!isRecord(json)) return null;
  if (json.message_type !== 'outgoing' && json.message_type !== 1) return null;
  if (json.private === true) return null;
  const messageId = displayId(json.id);
  const at = chatwootTime(json.created_at);
  if (messageId === null || !at) return null;
  const name = textOf(fieldOf(json.sender, 'name'));
  const isPerson = fieldOf(json.sender, 'type') === 'user';
  return {
    messageId,
    at,
    kind: isPerson ? 'agent' : 'bot',
    byName: name === null ? null : storableName(name, LONGEST_NAME),
  };
}
