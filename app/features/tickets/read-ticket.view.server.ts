import type { Services } from '../../lib/services.server.ts';
import { ticketTexts, ticketView, type TicketRow } from './ticket-row.server.ts';
import type { TicketEntryView, TicketView } from './ticket-view.ts';

interface EntryRow {
  id: number;
  at: Date;
  by: string;
  kind: TicketEntryView['kind'];
  text: string;
  before: Record<string, string> | null;
  after: Record<string, string> | null;
  state: TicketEntryView['state'];
  answer: string | null;
}

/** Fields whose values are a customer's words. */
const TEXTS = ['customer', 'email', 'issue'];
/** Texts that this app wrote, without anybody's words. */
const OWN: readonly string[] = ['created', 'merge'];
const MOST = 500;

/** One ticket with its history, oldest first; null when there is none. @param withTexts as of the list */
export async function readTicket(
  { db, config }: Services,
  { id, withTexts }: { id: number; withTexts: boolean },
): Promise<{ ticket: TicketView; entries: TicketEntryView[] } | null> {
  const found = await db.pool.query<TicketRow>('SELECT * FROM manual_tickets WHERE id = $1', [id]);
  const row = found.rows[0];
  if (!row) return null;
  const { open } = ticketTexts(config, row.marker);
  const { rows } = await db.pool.query<EntryRow>(
    `SELECT * FROM (SELECT * FROM ticket_entries WHERE ticket_id = $1 ORDER BY id DESC LIMIT $2) newest ORDER BY id`,
    [id, MOST],
  );
  const value = (field: string, stored: string | undefined) => {
    if (stored === undefined) return '';
    return TEXTS.includes(field) && !withTexts ? '…' : open(stored);
  };
  const entries = rows.map((entry) => ({
    id: entry.id,
    at: entry.at.toISOString(),
    by: entry.by,
    kind: entry.kind,
    text: withTexts || OWN.includes(entry.kind) ? open(entry.text) : null,
    changes: Object.keys(entry.after ?? {}).map((field) => ({
      field,
      before: value(field, entry.before?.[field]),
      after: value(field, entry.after?.[field]),
    })),
    state: entry.state,
    answer: entry.answer,
  }));
  return { ticket: ticketView(row, config, withTexts), entries };
}
