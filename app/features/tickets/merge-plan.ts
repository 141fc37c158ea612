import type { MergeInbox } from './merge-inbox.ts';
import type { TicketView } from './ticket-view.ts';

/** What bringing a ticket into Chatwoot will do about its customer. */
export type PlannedContact =
  /** The contact of the same address. */
  | { kind: 'known'; id: number }
  /** Will be made. */
  | { kind: 'new' }
  /** Looked up when it is done. */
  | { kind: 'not_looked_up' }
  /** The inbox answers by e-mail, and the ticket has no address. */
  | { kind: 'no_address' };

export interface PlannedTicket {
  ticket: TicketView;
  contact: PlannedContact;
}

export type MergePlan =
  | {
      outcome: 'planned';
      inboxes: MergeInbox[];
      inbox: MergeInbox;
      items: PlannedTicket[];
      /** Of those asked for: closed, on their way, or there already. */
      left: number;
      /** There are more than go at once. */
      more: boolean;
    }
  | { outcome: 'not_connected' }
  | { outcome: 'no_inbox' }
  | { outcome: 'chatwoot_failed'; detail: string };
