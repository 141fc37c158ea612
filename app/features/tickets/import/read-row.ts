import { DateTime } from 'luxon';
import { storableText } from '../../../lib/storable.ts';
import { type InputProblem, readTicketFields, type TicketFields, type TicketStatus } from '../ticket-view.ts';

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

/** How a spreadsheet's dates with slashes are meant. */
export type DateOrder = 'month_first' | 'day_first';

export interface TimeReading {
  /** Zone of times that name none, e.g. `Europe/Berlin`. */
  zone: string;
  order: DateOrder;
}

const CLOCKS = ['HH:mm', 'HH:mm:ss', 'h:mm a', 'h:mm:ss a'];
const DATES = { month_first: ['M/d/yyyy', 'M/d/yy'], day_first: ['d/M/yyyy', 'd/M/yy'] };

/**
 * A moment as people and spreadsheets write it: ISO 8601, `2026-11-23 14:05`, `23.11.2026 14:05`, `11/23/2026 2:05 PM`.
 * What names an offset or `UTC` is exact; else it is a wall clock's in the zone of the reading. An hour that the clock
 * shows twice is the first of the two: the customer has waited at least as long as that.
 * @returns null when it is none of these, or an hour that the clock skipped
 */
export function readMoment(text: string, { zone, order }: TimeReading): Date | null {
  const said = text.trim().replaceAll(/\s+/g, ' ');
  const exact = /(?:Z|[+-]\d{2}:?\d{2}| ?UTC)$/i.test(said) && /\d:\d{2}/.test(said);
  if (exact) {
    const moment = DateTime.fromISO(said.replace(/ ?UTC$/i, 'Z').replace(' ', 'T'), { setZone: true });
    return moment.isValid ? moment.toJSDate() : null;
  }
  const local = DateTime.fromISO(said.replace(' ', 'T'), { zone });
  if (/^\d{4}-\d{2}-\d{2}[T ]/.test(said) && local.isValid) return shownByClock(local, said);
  for (const date of ['d.M.yyyy', 'd.M.yy', ...DATES[order]]) {
    for (const clock of CLOCKS) {
      const moment = DateTime.fromFormat(said.replace(', ', ' '), `${date} ${clock}`, {
        zone,
        locale: 'en-US',
      });
      if (moment.isValid) return shownByClock(moment, said);
    }
  }
  return null;
}

/** Luxon moves a time that the clock skipped; the minute that it then shows is not the one that was written. */
function shownByClock(moment: DateTime, said: string): Date | null {
  const minutes = /:(\d{2})/.exec(said)?.[1];
  const hour = Number(/(\d{1,2}):\d{2}/.exec(said)?.[1]);
  const shown = /pm$/i.test(said) ? (hour % 12) + 12 : /am$/i.test(said) ? hour % 12 : hour;
  if (moment.hour !== shown || moment.minute !== Number(minutes)) return null;
  const [first] = moment.getPossibleOffsets().sort((a, b) => a.toMillis() - b.toMillis());
  return (first ?? moment).toJSDate();
}

const LONGEST_MS = 365 * 86_400_000;

/**
 * A response time as people write it: `12` (minutes), `12 min`, `1 h 5 min`, `0:12` or `00:12:30` (hours first), `45 s`.
 * @returns ms; null when it is none of these
 */
export function readLength(text: string): number | null {
  const said = text.trim().toLowerCase().replaceAll(',', '.');
  const clock = /^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$/.exec(said);
  if (clock) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0)) * 1000;
  if (/^\d+(\.\d+)?$/.test(said)) return bounded(Number(said) * 60_000);
  const units =
    /^(?:(\d+(?:\.\d+)?) ?(?:d|days?))? ?(?:(\d+(?:\.\d+)?) ?(?:h|hrs?|hours?))? ?(?:(\d+(?:\.\d+)?) ?(?:m|mins?|minutes?))? ?(?:(\d+) ?(?:s|secs?|seconds?))?$/.exec(
      said,
    );
  if (!units || said === '') return null;
  const [days, hours, minutes, seconds] = units.slice(1).map((part: string | undefined) => Number(part ?? 0));
  return bounded((days! * 86_400 + hours! * 3600 + minutes! * 60 + seconds!) * 1000);
}

const bounded = (ms: number): number | null => (ms <= LONGEST_MS ? Math.round(ms) : null);
