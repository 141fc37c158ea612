import { DRAFT_BOT } from '../invented-customers.ts';
import type { StoreContext } from './context.ts';

/** What goes without any webhook, and without another `updated_at` of what stays: only a look at the lists tells. */
export interface Removals {
  deleteConversation(id: number): void;
  /** With the contact's conversations. */
  deleteContact(id: number): void;
  /** With the inbox's conversations. */
  deleteInbox(id: number): void;
  /** What the agent had is nobody's from then on. */
  removeAgent(id: number): void;
  /** What the bot of the drafts had is nobody's from then on. */
  removeBot(): void;
}

export function createRemovals(context: StoreContext): Removals {
  const { conversations, directory, placeOf } = context;

  function deleteWhere(matches: (id: number) => boolean) {
    for (const id of [...conversations.keys()]) if (matches(id)) conversations.delete(id);
  }

  function leaveToNobody(kind: 'agent' | 'bot', id: number) {
    for (const conversation of conversations.values())
      if (conversation.assignee?.kind === kind && conversation.assignee.id === id)
        conversation.assignee = null;
  }

  return {
    deleteConversation: (id) => void conversations.delete(id),
    deleteContact(id) {
      deleteWhere((one) => conversations.get(one)?.contact.id === id);
      directory.forgetContact(id);
    },
    deleteInbox(id) {
      deleteWhere((one) => placeOf(conversations.get(one)!).inbox.id === id);
      directory.forgetInbox(id);
    },
    removeAgent(id) {
      directory.forgetAgent(id);
      leaveToNobody('agent', id);
    },
    removeBot: () => leaveToNobody('bot', DRAFT_BOT.id),
  };
}
