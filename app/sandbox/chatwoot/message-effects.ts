import * as payloads from './payloads.ts';
import type { Change, Conversation, Message } from './records.ts';

/** What a public message does to its conversation; returns what conversation_updated will tell of it. */
export function effectsOfPublicMessage(conversation: Conversation, message: Message): Change[] {
  const at = message.createdAt;
  const seconds = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  if (message.type === 'incoming') {
    conversation.unreadCount += 1;
    conversation.contactLastSeenAt = at;
    // A new conversation waits from its start; its first message only makes that known.
    const first = conversation.messages.filter(({ type }) => type !== 'activity').length === 1;
    if (conversation.waitingSince !== null && !first) return [];
    const previous = first ? null : conversation.waitingSince;
    conversation.waitingSince ??= at;
    return [payloads.change('waiting_since', previous, seconds(conversation.waitingSince))];
  }
  if (message.type === 'template' || message.sender?.kind !== 'agent') return [];
  conversation.unreadCount = 0;
  conversation.agentLastSeenAt = at;
  const changes: Change[] = [];
  if (conversation.firstReplyAt === null) {
    conversation.firstReplyAt = at;
    changes.push(payloads.change('first_reply_created_at', null, seconds(at)));
  }
  if (conversation.waitingSince !== null) {
    changes.push(payloads.change('waiting_since', seconds(conversation.waitingSince), null));
    conversation.waitingSince = null;
  }
  return changes;
}
