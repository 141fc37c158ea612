import type { Contact, ContactInbox, Conversation } from '../records.ts';
import type { StoreContext } from './context.ts';

/** Everything that customers and people wrote, and the numbers given next, at one moment. */
interface Backup {
  conversations: Conversation[];
  contacts: Contact[];
  contactInboxes: ContactInbox[];
  next: { conversation: number; message: number; contact: number };
}

export interface Backups {
  backup(): Backup;
  /** Puts it back: what came since is gone, no webhook says so, and its numbers are given out again. */
  restore(backup: Backup): void;
}

export function createBackups(context: StoreContext): Backups {
  const { conversations, directory, next } = context;
  return {
    backup: () =>
      structuredClone({
        conversations: [...conversations.values()],
        contacts: [...directory.contacts.values()],
        contactInboxes: [...directory.contactInboxes],
        next: { ...next, contact: directory.nextContact() },
      }),
    restore(backup) {
      const copy = structuredClone(backup);
      conversations.clear();
      for (const conversation of copy.conversations) conversations.set(conversation.id, conversation);
      directory.putBack(copy.contacts, copy.contactInboxes, copy.next.contact);
      next.conversation = copy.next.conversation;
      next.message = copy.next.message;
    },
  };
}
