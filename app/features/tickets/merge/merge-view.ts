import type { TicketView } from '../ticket-view.ts';
import type { ExactId } from '../../../lib/chatwoot/exact-id.ts';

/** What bringing a ticket into Chatwoot will do about its customer. */
export type PlannedContact =
  /** The contact of the same address. */
  | { kind: 'known'; id: ExactId }
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

/** Channels in which an agent can begin a conversation that the customer gets to see. */
const CHANNELS: Record<string, { words: string; needsEmail: boolean }> = {
  'Channel::Email': { words: 'answers go out by e-mail', needsEmail: true },
  'Channel::WebWidget': {
    words: 'customers see answers when they come back to the chat, or by e-mail if Chatwoot sends them',
    needsEmail: false,
  },
  'Channel::Api': { words: 'answers go to whatever is behind this inbox', needsEmail: false },
};

export interface MergeInbox {
  id: ExactId;
  name: string;
  words: string;
  /** Without an address there is nobody to write to. */
  needsEmail: boolean;
}

/** The inboxes that tickets can go to, e-mail first. */
export function mergeInboxes(
  inboxes: readonly { id: ExactId; name: string; channel: string }[],
): MergeInbox[] {
  return Object.keys(CHANNELS).flatMap((channel) =>
    inboxes
      .filter((inbox) => inbox.channel === channel)
      .map(({ id, name }) => ({ id, name, ...CHANNELS[channel]! })),
  );
}
