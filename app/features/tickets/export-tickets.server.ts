import type { Services } from '../../lib/services.server.ts';
import { ticketCsv, ticketCsvHead } from './ticket-csv.ts';
import { ticketView, type TicketRow } from './ticket-row.server.ts';

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
