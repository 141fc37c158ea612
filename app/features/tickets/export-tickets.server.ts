import type { Services } from '../../lib/services.server.ts';
import { ticketView, type TicketRow } from './ticket-row.server.ts';
import { stringify } from 'csv-stringify/sync';
import { visibleText } from '../../lib/visible.ts';
import { responseMinutes } from './sla-clock.ts';
import { STATUS_WORDS, ticketName, type TicketView } from './ticket-view.ts';

const BATCH = 500;

/**
 * All tickets as CSV in UTF-8.
 * @param drained resolves when the reader has taken what it was given: only then the next rows are read
 */
export function exportTickets(services: Services, drained: () => Promise<void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let last = 0;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(ticketCsvHead()));
      },
      async pull(controller) {
        await drained();
        const { rows } = await services.db.pool.query<TicketRow>(
          'SELECT * FROM manual_tickets WHERE id > $1 ORDER BY id LIMIT $2',
          [last, BATCH],
        );
        last = rows.at(-1)?.id ?? last;
        const lines = ticketCsv(rows.map((row) => ticketView(row, services.config, true)));
        if (lines !== '') controller.enqueue(encoder.encode(lines));
        if (rows.length < BATCH) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The runbook's five first; an import reads all of them back. */
const HEADER = [
  'Ticket ID',
  'Customer',
  'Issue',
  'Status',
  'Response time (min)',
  'E-mail',
  'Received',
  'Answered',
  'Due',
  'Conversation in Chatwoot',
  'Number in the spreadsheet',
];

/** Texts are always quoted: a lone carriage return in one ends a line for many readers. */
const OPTIONS = { escape_formulas: true, quoted_string: true, record_delimiter: 'windows' } as const;

/** The beginning of the file: the byte order mark, by which Excel knows UTF-8, and the names of the columns. */
const ticketCsvHead = (): string => `\uFEFF${stringify([HEADER], OPTIONS)}`;

/**
 * Tickets as lines of CSV (RFC 4180), times in UTC. Texts are as people wrote them, with what acts instead of showing
 * spelled out; a cell that a spreadsheet would take for a formula begins with `'`.
 */
export function ticketCsv(tickets: TicketView[]): string {
  return tickets.length === 0 ? '' : stringify(tickets.map(cells), OPTIONS);
}

function cells(ticket: TicketView): unknown[] {
  const { receivedKnown: known } = ticket;
  return [
    ticketName(ticket.id),
    shown(ticket.customer),
    shown(ticket.issue),
    STATUS_WORDS[ticket.status],
    responseMinutes(ticket),
    shown(ticket.email),
    known ? seconds(ticket.receivedAt) : null,
    known ? seconds(ticket.firstResponseAt) : null,
    known ? seconds(ticket.dueAt) : null,
    ticket.merge?.conversationId ?? null,
    shown(ticket.externalId),
  ];
}

const shown = (text: string | null) => (text === null ? null : visibleText(text));
const seconds = (iso: string | null) => iso?.replace(/\.\d+Z$/, 'Z') ?? null;
