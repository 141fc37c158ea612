import type { Services } from '../../lib/services.server.ts';
import { ticketView, type TicketRow } from './ticket-row.server.ts';
import type { TicketView } from './ticket-view.ts';

export const TICKET_FILTERS = ['current', 'answered', 'closed', 'merged', 'all'] as const;
export type TicketFilter = (typeof TICKET_FILTERS)[number];

export interface TicketList {
  items: TicketView[];
  /** How many match each filter. */
  counts: Record<TicketFilter, number>;
  /** Open ones without a first answer whose time is over. */
  late: number;
  page: number;
  pages: number;
}

const PAGE = 100;

const CONDITIONS: Record<TicketFilter, string> = {
  current: `merge_state IS DISTINCT FROM 'done' AND status <> 'closed'`,
  answered: `merge_state IS DISTINCT FROM 'done' AND status = 'answered'`,
  closed: `merge_state IS DISTINCT FROM 'done' AND status = 'closed'`,
  merged: `merge_state = 'done'`,
  all: 'true',
};

/** Unanswered first, the longest waiting before the others: all have the same time to the first answer. */
const BY_RISK = `(status = 'open' AND first_response_at IS NULL AND merge_state IS DISTINCT FROM 'done') DESC,
  CASE WHEN merge_state = 'done' THEN 3 WHEN status = 'open' THEN 0 WHEN status = 'answered' THEN 1 ELSE 2 END,
  received_at, id`;

/** Tickets of one page, by risk. @param withTexts whoever asks may read what customers write */
export async function listTickets(
  { db, config }: Services,
  wish: { filter: TicketFilter; page: number; withTexts: boolean; now: Date },
): Promise<TicketList> {
  const { filter, page, withTexts, now } = wish;
  const counted = TICKET_FILTERS.map(
    (name) => `count(*) FILTER (WHERE ${CONDITIONS[name]})::int AS "${name}"`,
  ).join(', ');
  const counts = await db.pool.query<Record<TicketFilter | 'late', number>>(
    `SELECT ${counted}, count(*) FILTER (WHERE status = 'open' AND first_response_at IS NULL
       AND merge_state IS DISTINCT FROM 'done' AND received_at < $1)::int AS late FROM manual_tickets`,
    [new Date(now.getTime() - config.SLA_FIRST_RESPONSE)],
  );
  const { late, ...byFilter } = counts.rows[0]!;
  const pages = Math.max(1, Math.ceil(byFilter[filter] / PAGE));
  const shown = Math.min(Math.max(1, page), pages);
  const { rows } = await db.pool.query<TicketRow>(
    `SELECT * FROM manual_tickets WHERE ${CONDITIONS[filter]} ORDER BY ${BY_RISK} LIMIT $1 OFFSET $2`,
    [PAGE, (shown - 1) * PAGE],
  );
  const items = rows.map((row) => ticketView(row, config, withTexts));
  return { items, counts: byFilter, late, page: shown, pages };
}
