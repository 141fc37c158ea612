import { stringify } from 'csv-stringify/sync';
import type { Services } from '../../lib/services.server.ts';
import { responseMinutes } from './sla-clock.ts';
import { ticketView, type TicketRow } from './ticket-row.server.ts';
import { STATUS_WORDS, ticketName } from './ticket-view.ts';

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

const BATCH = 500;

/**
 * All tickets as CSV (RFC 4180) in UTF-8 with a byte order mark, by which Excel knows it; times in UTC. A cell that a
 * spreadsheet would take for a formula begins with `'`.
 * @param drained resolves when the reader has taken what it was given: only then the next rows are read
 */
export function exportTickets(services: Services, drained: () => Promise<void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let last = 0;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(`\uFEFF${stringify([HEADER], OPTIONS)}`));
      },
      async pull(controller) {
        await drained();
        const { rows } = await services.db.pool.query<TicketRow>(
          'SELECT * FROM manual_tickets WHERE id > $1 ORDER BY id LIMIT $2',
          [last, BATCH],
        );
        last = rows.at(-1)?.id ?? last;
        const lines = rows.map((row) => cells(row, services));
        if (lines.length > 0) controller.enqueue(encoder.encode(stringify(lines, OPTIONS)));
        if (rows.length < BATCH) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

function cells(row: TicketRow, { config }: Services): unknown[] {
  const ticket = ticketView(row, config, true);
  const seconds = (iso: string | null) => iso?.replace(/\.\d+Z$/, 'Z') ?? null;
  const { receivedKnown: known } = ticket;
  return [
    ticketName(ticket.id),
    ticket.customer,
    ticket.issue,
    STATUS_WORDS[ticket.status],
    responseMinutes(ticket),
    ticket.email,
    known ? seconds(ticket.receivedAt) : null,
    known ? seconds(ticket.firstResponseAt) : null,
    known ? seconds(ticket.dueAt) : null,
    ticket.merge?.conversationId ?? null,
    ticket.externalId,
  ];
}
