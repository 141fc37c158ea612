import { storableText } from '../../../lib/storable.ts';
import { type InputProblem, readTicketFields, type TicketFields } from '../ticket-input.ts';
import type { TicketStatus } from '../ticket-view.ts';
import { readLength, readMoment, type TimeReading } from './read-times.ts';

/** A row of a spreadsheet as it was understood. */
export interface TicketRowInput extends TicketFields {
  externalId: string | null;
  status: TicketStatus;
  /** Null when the row does not say. */
  receivedAt: Date | null;
  response: { kind: 'length'; ms: number } | { kind: 'moment'; at: Date } | null;
}

export type RowReading = { ok: true; row: TicketRowInput } | { ok: false; problem: string };

const STATUSES: Record<TicketStatus, readonly string[]> = {
  open: ['', 'open', 'new', 'pending', 'waiting', 'todo', 'to do', 'in progress', 'working', 'assigned'],
  answered: ['answered', 'replied', 'responded', 'waiting for customer', 'on hold', 'snoozed'],
  closed: ['closed', 'done', 'resolved', 'solved', 'fixed'],
};

const PROBLEMS: Record<InputProblem, string> = {
  customer_missing: 'the customer is missing',
  issue_missing: 'the issue is missing',
  email_malformed: 'the e-mail address is not one',
  too_long: 'the customer, the e-mail address or the issue is too long',
};

const NOTHING = /^(-+|–|—|n\/?a|none|tbd)?$/i;
const LONGEST_ID = 60;

/**
 * Reads one row. What is wrong with it is said in words, with what stands there, for the person who wrote it.
 * @param cells by column, as they stand in the file
 * @param now nothing in a spreadsheet may lie in the future (5 minutes aside: clocks differ)
 */
export function readRow(cells: Partial<Record<Column, string>>, reading: TimeReading, now: Date): RowReading {
  const cell = (column: Column) => withoutQuote(cells[column] ?? '').trim();
  const input = readTicketFields({ customer: cell('customer'), email: cell('email'), issue: cell('issue') });
  if (!input.ok) return no(PROBLEMS[input.problem]);
  const said = cell('status').toLowerCase();
  const status = (Object.keys(STATUSES) as TicketStatus[]).find((one) => STATUSES[one].includes(said));
  if (!status) return no(`the status ${quoted(cell('status'))} is none of open, answered, closed`);
  const received = cell('received');
  const receivedAt = NOTHING.test(received) ? null : readMoment(received, reading);
  if (receivedAt === null && !NOTHING.test(received))
    return no(`the time ${quoted(received)} in "Received" is not understood: write 2026-11-23 14:05`);
  if (receivedAt && isFuture(receivedAt, now))
    return no(`the time ${quoted(received)} in "Received" is yet to come`);
  const response = readResponse(cell('response'), reading);
  if (response === undefined)
    return no(
      `the response time ${quoted(cell('response'))} is not understood: write minutes, 0:12, or 1 h 5 min`,
    );
  if (response?.kind === 'moment') {
    if (isFuture(response.at, now)) return no(`the response time ${quoted(cell('response'))} is yet to come`);
    if (receivedAt && response.at < receivedAt)
      return no(`the response time ${quoted(cell('response'))} is before the time in "Received"`);
  }
  if (
    response?.kind === 'length' &&
    receivedAt &&
    isFuture(new Date(receivedAt.getTime() + response.ms), now)
  )
    return no(`the response time ${quoted(cell('response'))} after "Received" is yet to come`);
  const externalId = storableText(cell('id'), LONGEST_ID) || null;
  return { ok: true, row: { ...input.fields, externalId, status, receivedAt, response } };
}

function readResponse(said: string, reading: TimeReading): TicketRowInput['response'] | undefined {
  if (NOTHING.test(said)) return null;
  const ms = readLength(said);
  if (ms !== null) return { kind: 'length', ms };
  const at = readMoment(said, reading);
  return at ? { kind: 'moment', at } : undefined;
}

const no = (problem: string): RowReading => ({ ok: false, problem });
const CLOCKS_DIFFER_MS = 5 * 60_000;
const isFuture = (at: Date, now: Date) => at.getTime() > now.getTime() + CLOCKS_DIFFER_MS;

/** Our own export, and careful people, put `'` before what a spreadsheet would calculate. */
const withoutQuote = (cell: string) => cell.replace(/^'(?=[=+\-@\t\r＝＋－＠])/, '');

const LONGEST_QUOTE = 40;
const quoted = (cell: string) => {
  const characters = Array.from(cell.replaceAll(/\s+/g, ' '));
  return `"${characters.length > LONGEST_QUOTE ? `${characters.slice(0, LONGEST_QUOTE).join('')}…` : characters.join('')}"`;
};

/** Columns of a spreadsheet of tickets; the first five are the runbook's, section 3. */
const COLUMNS = {
  id: ['ticket id', 'ticket', 'id', '#', 'no', 'number', 'ticket number'],
  customer: ['customer', 'customer name', 'name', 'client', 'from'],
  issue: ['issue', 'problem', 'subject', 'question', 'message', 'description'],
  status: ['status', 'state'],
  response: ['response time', 'response', 'response time (min)', 'first response', 'answered after'],
  email: ['e-mail', 'email', 'mail', 'e-mail address', 'email address', 'customer e-mail', 'customer email'],
  received: ['received', 'received at', 'received (utc)', 'date', 'time', 'created', 'created at', 'opened'],
} as const satisfies Record<string, readonly string[]>;

export type Column = keyof typeof COLUMNS;

/** Which column stands where; other columns are left out. The first of two of the same name counts. */
export function columnsOf(header: readonly string[]): Partial<Record<Column, number>> {
  const found: Partial<Record<Column, number>> = {};
  header.forEach((cell, at) => {
    const name = cell
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_]+/g, ' ');
    const column = (Object.keys(COLUMNS) as Column[]).find((one) =>
      (COLUMNS[one] as readonly string[]).includes(name),
    );
    if (column && found[column] === undefined) found[column] = at;
  });
  return found;
}
