import * as payloads from '../payloads.ts';
import type { Change, Conversation, Message } from '../records.ts';
import type { Version } from '../version.ts';

/** What a public message does to its conversation; returns what conversation_updated will tell of it. */
export function effectsOfPublicMessage(
  conversation: Conversation,
  message: Message,
  version: Version,
): Change[] {
  const at = message.createdAt;
  if (message.type === 'incoming') {
    conversation.unreadCount += 1;
    // A new conversation waits from its start; its first message only makes that known.
    const first = conversation.messages.filter(({ type }) => type !== 'activity').length === 1;
    if (conversation.waitingSince !== null && !first) return [];
    const previous = first ? null : conversation.waitingSince;
    conversation.waitingSince ??= at;
    return [payloads.change('waiting_since', iso(previous), iso(conversation.waitingSince))];
  }
  if (message.type !== 'outgoing') return [];
  const changes: Change[] = [];
  const isPersons = isOfAPerson(message);
  if (isPersons && conversation.firstReplyAt === null) {
    conversation.firstReplyAt = at;
    changes.push(payloads.change('first_reply_created_at', null, iso(at)));
  }
  // Since 4.10 a bot's answer ends the wait as well.
  const endsWait = isPersons || (message.sender?.kind === 'bot' && version.atLeast('4.10.0'));
  if (endsWait && conversation.waitingSince !== null) {
    changes.push(payloads.change('waiting_since', iso(conversation.waitingSince), null));
    conversation.waitingSince = null;
  }
  return changes;
}

/** Chatwoot's own rule: a user's or typed in WhatsApp's own app, and no campaign's and no rule's. */
function isOfAPerson({ sender, contentAttributes, additionalAttributes }: Message): boolean {
  if (additionalAttributes?.campaign_id || contentAttributes.automation_rule_id) return false;
  return sender?.kind === 'agent' || (sender === null && contentAttributes.external_echo === true);
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
