import type { Change, Conversation, Message } from '../records.ts';
import type { Version } from '../version.ts';
import * as payloads from '../webhooks/payloads.ts';
import { appendMessage, type NewMessage, type StoreContext } from './context.ts';
import type { Changes } from './conversation-changes.ts';

/** A message with everything that Chatwoot changes, and announces, because of it. */
export function createAddMessage(context: StoreContext, changes: Changes) {
  const { tell, placeOf, version } = context;

  function customerWrote(conversation: Conversation, { createdAt }: Message) {
    const { contact } = conversation;
    const previous = contact.lastActivityAt ?? null;
    contact.lastActivityAt = createdAt;
    tell.contactUpdated(contact, [
      payloads.change('last_activity_at', isoOrNull(previous), isoOrNull(createdAt)),
    ]);
    reopen(conversation);
  }

  /** A customer's message opens what was resolved or snoozed; a bot's conversation goes back to the bot. */
  function reopen(conversation: Conversation) {
    const { status, contact } = conversation;
    if (contact.blocked || (status !== 'resolved' && status !== 'snoozed')) return;
    const { bot } = placeOf(conversation).inbox;
    changes.setStatus(conversation, bot && status === 'resolved' ? 'pending' : 'open');
  }

  return function addMessage(conversation: Conversation, draft: NewMessage): Message {
    const isFirst = !conversation.messages.some(({ type }) => type === 'incoming');
    const message = appendMessage(context, conversation, draft);
    const effects = message.private ? [] : effectsOfPublicMessage(conversation, message, version);
    tell.touch(conversation);
    tell.messageCreated(conversation, message);
    if (message.type === 'incoming') customerWrote(conversation, message);
    if (effects.length > 0) tell.updated(conversation, effects);
    if (message.type !== 'incoming') return message;
    const { greeting } = placeOf(conversation).inbox;
    const answers = [isFirst ? greeting : undefined, context.autoReply(conversation)];
    for (const content of answers)
      if (content) addMessage(conversation, { type: 'template', content, private: false, sender: null });
    return message;
  };
}

const isoOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** What a public message does to its conversation; returns what conversation_updated will tell of it. */
function effectsOfPublicMessage(conversation: Conversation, message: Message, version: Version): Change[] {
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
