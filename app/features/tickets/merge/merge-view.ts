import { formatUtc } from '../../../lib/time-words.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';
import { responseMinutes, slaClock } from '../sla-clock.ts';
import { STATUS_WORDS, type TicketEntryView, ticketName, type TicketView } from '../ticket-view.ts';

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

/** Chatwoot takes 150,000 characters. */
const LONGEST = 100_000;

/** A ticket's history as the private note that goes with it into Chatwoot; times in UTC. */
export function mergeNote(ticket: TicketView, entries: readonly TicketEntryView[], now: Date): string {
  const lines = [
    `Ticket ${ticketName(ticket.id)}, kept by hand in Outage Center while automation was away.`,
    '',
    `Customer: ${ticket.customer}${ticket.email ? ` (${ticket.email})` : ''}`,
    ticket.receivedKnown
      ? `Wrote: ${formatUtc(ticket.receivedAt)}`
      : 'Wrote: not known, the ticket comes from a spreadsheet that did not say',
    `First answer: ${firstAnswer(ticket, now)}`,
    `Status: ${STATUS_WORDS[ticket.status]}`,
    ...(ticket.externalId ? [`Number in the spreadsheet: ${ticket.externalId}`] : []),
    '',
    ticket.issue ?? '',
    '',
    'What happened:',
    ...entries.flatMap((entry) => entryLines(entry)),
  ];
  const text = lines.map(withoutMentions).join('\n');
  const cut = Array.from(text);
  return cut.length <= LONGEST
    ? text
    : `${cut.slice(0, LONGEST).join('')}…\n(The rest is in Outage Center, ticket ${ticketName(ticket.id)}.)`;
}

function firstAnswer(ticket: TicketView, now: Date): string {
  const clock = slaClock({ ...ticket, merge: null }, now.getTime());
  const due = `due ${formatUtc(ticket.dueAt)}`;
  switch (clock.state) {
    case 'answered_in_time':
      return `after ${responseMinutes(ticket)} min, in time`;
    case 'answered_late':
      return `after ${responseMinutes(ticket)} min, ${minutes(clock.lateMs)} min late`;
    case 'answered_unknown':
      return 'given, the time was not noted';
    case 'breached':
      return `not yet, ${due}: ${minutes(clock.lateMs)} min late`;
    case 'soon':
    case 'waiting':
      return `not yet, ${due}`;
    case 'closed_unanswered':
    case 'merged':
      return 'none';
  }
}

function entryLines(entry: TicketEntryView): string[] {
  const head = `- ${formatUtc(entry.at)}, ${entry.by}: `;
  switch (entry.kind) {
    case 'created':
    case 'merge':
      return [head + (entry.text ?? '')];
    case 'note':
      return [`${head}note: ${entry.text}`];
    case 'reply':
      return [`${head}answered: ${entry.text}`];
    case 'email': {
      const ended = {
        accepted: 'accepted by the mail server',
        failed: 'not accepted',
        sending: 'not known whether it went out',
      };
      return [`${head}e-mail (${ended[entry.state ?? 'sending']}): ${entry.text}`];
    }
    case 'changed':
      return [
        head +
          entry.changes.map((one) => `${one.field}: ${one.before || '–'} → ${one.after || '–'}`).join('; '),
      ];
  }
}

const minutes = (ms: number) => Math.max(1, Math.round(ms / 60_000));

/** Chatwoot reads `[name](mention://…)` in a note as calling somebody: a customer's words call nobody. */
const withoutMentions = (line: string) => line.replaceAll(/\]\s*\(\s*(?=mention:)/gi, '] (');
