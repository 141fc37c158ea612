import type { Services } from '../../lib/services.server.ts';
import { ticketView, type TicketRow } from './ticket-row.server.ts';
import type { TicketView } from './ticket-view.ts';

const MOST = 200;

/** Tickets on their way into Chatwoot, and those that were brought there or failed last. @param withTexts as of the list */
export async function listMerging({ db, config }: Services, withTexts: boolean): Promise<TicketView[]> {
  const { rows } = await db.pool.query<TicketRow>(
    `SELECT * FROM manual_tickets WHERE merge_state IS NOT NULL
     ORDER BY array_position(ARRAY['running', 'waiting', 'failed', 'done'], merge_state), merged_at DESC, received_at LIMIT $1`,
    [MOST],
  );
  return rows.map((row) => ticketView(row, config, withTexts));
}
