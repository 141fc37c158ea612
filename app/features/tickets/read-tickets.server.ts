import type { Services } from '../../lib/services.server.ts';
import { type TicketRow, ticketTexts, ticketView } from './ticket-row.server.ts';
import type { MergeProgress, TicketEntryView, TicketView } from './ticket-view.ts';

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

/** So many are looked through, the newest: those with sealed texts have to be opened one by one. */
const MOST_LOOKED_THROUGH = 2000;

/**
 * Tickets by their number, or by a part of the customer's name or address, the newest first.
 * @param wish.text for whoever may read texts only
 */
export async function findTickets(
  { db, config }: Services,
  { id, text, withTexts }: { id: number | null; text: string | null; withTexts: boolean },
  most: number,
): Promise<TicketView[]> {
  const { rows } = await db.pool.query<TicketRow>(
    `SELECT * FROM manual_tickets WHERE id = $1 OR $2 ORDER BY id DESC LIMIT ${MOST_LOOKED_THROUGH}`,
    [id, text !== null],
  );
  const wanted = text?.toLowerCase();
  return rows
    .map((row) => ticketView(row, config, withTexts))
    .filter(
      ({ id: its, customer, email }) =>
        its === id || (wanted !== undefined && `${customer} ${email}`.toLowerCase().includes(wanted)),
    )
    .slice(0, most);
}

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

/** @returns null when none is on its way */
export async function readMergeProgress({ db }: Pick<Services, 'db'>): Promise<MergeProgress | null> {
  const { rows } = await db.pool.query<Omit<MergeProgress, 'since'> & { since: Date | null }>(
    // What a ticket is due at is when it was asked for, until its first try has failed.
    `SELECT g.*, (SELECT count(*)::int FROM manual_tickets WHERE merge_state = 'done' AND merged_at >= g.since) AS done
     FROM (SELECT count(*) FILTER (WHERE merge_state = 'waiting')::int AS waiting,
         count(*) FILTER (WHERE merge_state = 'running')::int AS running,
         min(merge_due_at) FILTER (WHERE merge_attempts = CASE merge_state WHEN 'waiting' THEN 0 ELSE 1 END) AS since
       FROM manual_tickets WHERE merge_state IN ('waiting', 'running')) g`,
  );
  const [row] = rows;
  if (!row || row.waiting + row.running === 0) return null;
  return { ...row, since: row.since?.toISOString() ?? null };
}

const MOST_MERGING = 200;

/** Tickets on their way into Chatwoot, and those that were brought there or failed last. @param withTexts as of the list */
export async function listMerging({ db, config }: Services, withTexts: boolean): Promise<TicketView[]> {
  const { rows } = await db.pool.query<TicketRow>(
    `SELECT * FROM manual_tickets WHERE merge_state IS NOT NULL
     ORDER BY array_position(ARRAY['running', 'waiting', 'failed', 'done'], merge_state), merged_at DESC, received_at LIMIT $1`,
    [MOST_MERGING],
  );
  return rows.map((row) => ticketView(row, config, withTexts));
}
