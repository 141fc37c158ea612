import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { storableJson } from '../../lib/storable.ts';
import {
  type InputProblem,
  readMinutes,
  readTicketFields,
  type TicketFields,
  ticketName,
  type TicketStatus,
} from './ticket-view.ts';
import { ticketTexts } from './ticket-row.server.ts';

export type AddOutcome =
  { outcome: 'added'; id: number } | { outcome: 'refused'; problem: InputProblem | 'minutes_malformed' };

/**
 * Adds a ticket as a person types it in one line.
 * @param minutesAgo how long ago the customer wrote; empty means now
 */
export async function addTicket(
  services: Services,
  request: { customer: string; email: string; issue: string; minutesAgo: string; actor: Actor; now: Date },
): Promise<AddOutcome> {
  const { actor, now } = request;
  const input = readTicketFields(request);
  if (!input.ok) return { outcome: 'refused', problem: input.problem };
  const minutes = readMinutes(request.minutesAgo);
  if (minutes === undefined) return { outcome: 'refused', problem: 'minutes_malformed' };
  const receivedAt = new Date(now.getTime() - (minutes ?? 0) * 60_000);
  const ticket = {
    ...input.fields,
    status: 'open' as const,
    receivedAt,
    receivedKnown: true,
    firstResponseAt: null,
  };
  const id = await inTransaction(services.db.pool, async (client) => {
    const [added] = await insertTickets(client, services.config, [{ ...ticket, text: 'Added' }], {
      by: actor.name,
      now,
    });
    await recordAudit(client, {
      actor,
      action: 'tickets.add',
      target: `ticket ${ticketName(added!)}`,
      after: { status: 'open', receivedAt: receivedAt.toISOString() },
      at: now,
    });
    return added!;
  });
  services.changes.announce('page');
  return { outcome: 'added', id };
}

export interface NewTicket extends TicketFields {
  status: TicketStatus;
  receivedAt: Date;
  receivedKnown: boolean;
  firstResponseAt: Date | null;
  externalId?: string | null;
  importKey?: string | null;
}

/** In the order given, and each with the first line of its history. */
const INSERT = `
WITH given AS (
  SELECT * FROM jsonb_to_recordset($1) AS g (n integer, marker uuid, customer text, email text, issue text, status text,
    received_at timestamptz, received_known boolean, first_response_at timestamptz, external_id text, import_key text, text text)
), added AS (
  INSERT INTO manual_tickets (marker, customer, email, issue, status, received_at, received_known, first_response_at,
    closed_at, external_id, import_key, created_at, created_by)
  SELECT marker, customer, email, issue, status, received_at, received_known, first_response_at,
    CASE WHEN status = 'closed' THEN $2::timestamptz END, external_id, import_key, $2, $3 FROM given ORDER BY n
  ON CONFLICT (import_key) DO NOTHING RETURNING id, marker
), told AS (
  INSERT INTO ticket_entries (ticket_id, at, by, kind, text)
  SELECT added.id, $2, $3, 'created', given.text FROM added JOIN given USING (marker) ORDER BY added.id
)
SELECT id, marker FROM added`;

/** Tickets of one statement: 5,000 of a spreadsheet are there within a second or two. */
const AT_ONCE = 500;

/**
 * Stores tickets and the first line of the history of each, in the caller's transaction.
 * @param tickets with the text for the history: where it came from
 * @returns their numbers, in the same order; null where a ticket of the same import key is there already
 */
export async function insertTickets(
  client: pg.ClientBase,
  config: Config,
  tickets: readonly (NewTicket & { text: string })[],
  { by, now }: { by: string; now: Date },
): Promise<(number | null)[]> {
  const ids: (number | null)[] = [];
  for (let from = 0; from < tickets.length; from += AT_ONCE) {
    const rows = tickets.slice(from, from + AT_ONCE).map((ticket, n) => rowOf(config, ticket, n));
    const added = await client.query<{ id: number; marker: string }>(INSERT, [storableJson(rows), now, by]);
    const byMarker = new Map(added.rows.map(({ id, marker }) => [marker, id]));
    ids.push(...rows.map(({ marker }) => byMarker.get(marker) ?? null));
  }
  return ids;
}

function rowOf(config: Config, ticket: NewTicket & { text: string }, n: number) {
  const marker = randomUUID();
  const { seal } = ticketTexts(config, marker);
  return {
    n,
    marker,
    customer: seal(ticket.customer),
    email: ticket.email === null ? null : seal(ticket.email),
    issue: seal(ticket.issue),
    status: ticket.status,
    received_at: ticket.receivedAt,
    received_known: ticket.receivedKnown,
    first_response_at: ticket.firstResponseAt,
    external_id: ticket.externalId ?? null,
    import_key: ticket.importKey ?? null,
    text: ticket.text,
  };
}
