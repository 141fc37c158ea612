import type { ExactId } from '../../lib/chatwoot/exact-id.ts';
/** What a ticket is at; `merged` is no status of its own: it goes on in Chatwoot. */
export const TICKET_STATUSES = ['open', 'answered', 'closed'] as const;
export type TicketStatus = (typeof TICKET_STATUSES)[number];

export const STATUS_WORDS: Record<TicketStatus, string> = {
  open: 'Open',
  answered: 'Answered',
  closed: 'Closed',
};

/** How far the way of a ticket into Chatwoot is. */
export interface TicketMerge {
  state: 'waiting' | 'running' | 'done' | 'failed';
  by: string;
  /** What it came to, or why the last try did not; null for whoever may not read texts. */
  result: string | null;
  conversationId: ExactId | null;
  /** In Chatwoot; null until the conversation is there. */
  url: string | null;
}

/** Tickets that are still to be brought into Chatwoot, and how many of them were since they were asked for. */
export interface MergeProgress {
  waiting: number;
  running: number;
  done: number;
  /** When the first of those left was asked for; null: each of them is tried again, so that no pace says anything. */
  since: string | null;
}

/** A ticket as pages show it. */
export interface TicketView {
  id: number;
  /** What a customer wrote and who it was; null for whoever may not read texts, `''` after the retention time. */
  customer: string | null;
  email: string | null;
  issue: string | null;
  status: TicketStatus;
  receivedAt: string;
  /** False: nobody knows when the customer wrote, and the clock runs from the import. */
  receivedKnown: boolean;
  firstResponseAt: string | null;
  /** First answer due, ISO. */
  dueAt: string;
  /** Its number in the spreadsheet that it came from. */
  externalId: string | null;
  createdBy: string;
  version: number;
  textRemoved: boolean;
  merge: TicketMerge | null;
}

/** One thing that happened to a ticket. */
export interface TicketEntryView {
  id: number;
  at: string;
  by: string;
  kind: 'created' | 'changed' | 'note' | 'reply' | 'email' | 'merge';
  /** Null for whoever may not read texts. */
  text: string | null;
  /** Fields before and after; texts only for whoever may read them. */
  changes: { field: string; before: string; after: string }[];
  /** Of an e-mail. */
  state: 'sending' | 'accepted' | 'failed' | null;
  answer: string | null;
}

export interface TemplateView {
  id: number;
  name: string;
  subject: string;
  body: string;
  version: number;
  changedBy: string;
  changedAt: string;
}

/** `T-12`, the number that people say. */
export const ticketName = (id: number): string => `T-${id}`;
