import { fieldOf, isRecord, textOf, type JsonRecord } from '../../lib/chatwoot/read-json.ts';
import { chatwootTime } from '../../lib/chatwoot/time.ts';
import { storableName } from '../../lib/storable.ts';
import { displayId } from './conversation-snapshot.ts';

const LONGEST_NAME = 200;

/** A public answer to a customer: whose and when, not what. */
export interface PublicReply {
  messageId: number;
  at: Date;
  /** `bot` also for what a rule, a campaign or the assistant sent: no person has answered. */
  kind: 'agent' | 'bot';
  byName: string | null;
  /** It could not be sent: the customer never got it. */
  failed: boolean;
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
  return {
    messageId,
    at,
    kind: isOfPerson(json) ? 'agent' : 'bot',
    byName: name === null ? null : storableName(name, LONGEST_NAME),
    failed: json.status === 'failed' || isGiven(fieldOf(json.content_attributes, 'external_error')),
  };
}

/**
 * Chatwoot's own rule (`Message#human_response?`): a campaign's and an automation's messages may bear a user's name and are
 * nobody's; what a person typed in the WhatsApp, Instagram, Facebook or TikTok app bears none and is a person's. Of a user
 * who was deleted only the type is left.
 */
function isOfPerson(json: JsonRecord): boolean {
  if (isGiven(fieldOf(json.additional_attributes, 'campaign_id'))) return false;
  if (isGiven(fieldOf(json.content_attributes, 'automation_rule_id'))) return false;
  if (isGiven(fieldOf(json.content_attributes, 'external_echo'))) return true;
  return fieldOf(json.sender, 'type') === 'user' || json.sender_type === 'User';
}

/** What Rails calls present. */
const isGiven = (value: unknown) =>
  typeof value === 'string' ? value.trim() !== '' : Boolean(value) || value === 0;
