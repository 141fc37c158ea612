import type { ExactId } from '../../lib/chatwoot/chatwoot-values.ts';
import { storableText } from '../../lib/storable.ts';
import { typedLine } from '../../lib/visible.ts';

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

/** Longest values that a ticket takes, in characters; an address by RFC 5321. */
export const TICKET_LIMITS = { customer: 200, email: 254, issue: 4000, text: 20_000 } as const;

const ADDRESS = /^[^\s@<>",;:()[\]\\]{1,64}@[^\s@<>",;:()[\]\\]{1,190}$/;

/** What a person or a spreadsheet says of a ticket. */
export interface TicketFields {
  customer: string;
  email: string | null;
  issue: string;
}

export type TicketInput = { ok: true; fields: TicketFields } | { ok: false; problem: InputProblem };
export type InputProblem = 'customer_missing' | 'issue_missing' | 'email_malformed' | 'too_long';

export const INPUT_PROBLEMS: Record<InputProblem, string> = {
  customer_missing: 'Say who the customer is: a name or an e-mail address.',
  issue_missing: 'Say what the customer asks for.',
  email_malformed: 'The e-mail address is not one.',
  too_long: `Too long: a customer takes ${TICKET_LIMITS.customer} characters, an issue ${TICKET_LIMITS.issue}.`,
};

/**
 * Reads customer, address and issue. A customer may be written as in a mail program, `Ada Lovelace <ada@example.com>`, or
 * as the address alone.
 */
export function readTicketFields(raw: { customer: string; email: string; issue: string }): TicketInput {
  const said = oneLine(raw.customer);
  const [, name = '', inBrackets = ''] = /^(.*?)\s*<([^<>]*)>$/.exec(said) ?? [];
  const email = typedLine(raw.email) || inBrackets.trim() || (ADDRESS.test(said) ? said : '');
  const customer = (inBrackets ? name.replace(/^"(.*)"$/, '$1').trim() : said) || email;
  const issue = clean(raw.issue).trim();
  if (customer === '') return { ok: false, problem: 'customer_missing' };
  if (issue === '') return { ok: false, problem: 'issue_missing' };
  if (
    customer.length > TICKET_LIMITS.customer ||
    issue.length > TICKET_LIMITS.issue ||
    email.length > TICKET_LIMITS.email
  )
    return { ok: false, problem: 'too_long' };
  if (email !== '' && !ADDRESS.test(email)) return { ok: false, problem: 'email_malformed' };
  return { ok: true, fields: { customer, email: email || null, issue } };
}

/** Several lines of what a person wrote, as PostgreSQL takes it. */
export const clean = (text: string): string => storableText(text.replaceAll(/\r\n?/g, '\n'));

const oneLine = (text: string): string => clean(text).replaceAll(/\s+/g, ' ').trim();

const LONGEST_MINUTES = 365 * 24 * 60;

/** Whole or broken minutes from a form; null when left out, undefined when it is no such number. */
export function readMinutes(text: string | null): number | null | undefined {
  const said = (text ?? '').trim().replace(',', '.');
  if (said === '') return null;
  const minutes = Number(said);
  return /^\d+(\.\d+)?$/.test(said) && minutes <= LONGEST_MINUTES ? minutes : undefined;
}

/** What an import did, row by row where it matters. */
export interface ImportReport {
  /** As it was recognised, for a person who sees wrong letters. */
  encoding: string;
  added: number;
  /** Rows that are tickets here already. */
  known: { line: number; ticket: string; note: string | null }[];
  /** Rows that were left out, each with its reason. */
  bad: { line: number; problem: string }[];
}

export type ImportProblem =
  'empty' | 'no_header' | 'too_many_rows' | 'too_large' | 'zone_unknown' | 'no_file';

export const IMPORT_PROBLEMS: Record<ImportProblem, string> = {
  no_file: 'Choose a file, or paste rows.',
  empty: 'There is nothing in it.',
  no_header:
    'No column "Customer" and no column "Issue" was found in its first line. Name the columns there: Ticket ID, Customer, Issue, Status, Response time.',
  too_many_rows: 'It has more than 5,000 rows: split it.',
  too_large: 'It is over 1 MB: split it.',
  zone_unknown: 'There is no such time zone.',
};
