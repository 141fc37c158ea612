import type { JsonObject } from './parse-webhook-body.ts';
import { objectOf } from './safe-values.ts';

/** What later events tell of a conversation: the customer wrote, an agent answered, it was resolved. */
export type Signal = 'customer_message' | 'agent_reply' | 'resolved';

/** A contact as sender has no `type` in webhooks since 2022; users and bots always have one (chatwoot.md, Objects). */
export function deriveSignal(event: string, payload: JsonObject): Signal | null {
  if (event === 'message_created') {
    const senderType = objectOf(payload.sender).type;
    if (payload.message_type === 'incoming')
      return senderType === undefined || senderType === 'contact' ? 'customer_message' : null;
    if (payload.message_type === 'outgoing' && payload.private !== true && senderType === 'user')
      return 'agent_reply';
    return null;
  }
  const ofConversation = event.startsWith('conversation_') && !event.startsWith('conversation_typing');
  return ofConversation && payload.status === 'resolved' ? 'resolved' : null;
}
