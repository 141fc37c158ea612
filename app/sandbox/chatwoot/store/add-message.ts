import * as payloads from '../payloads.ts';
import type { Conversation, Message } from '../records.ts';
import { appendMessage, type NewMessage } from './append-message.ts';
import type { Changes } from './changes.ts';
import type { StoreContext } from './context.ts';
import { effectsOfPublicMessage } from './message-effects.ts';

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
