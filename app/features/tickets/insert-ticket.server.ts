import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Config } from '../../lib/config.ts';
import { ticketTexts } from './ticket-row.server.ts';
import type { TicketFields } from './ticket-input.ts';
import type { TicketStatus } from './ticket-view.ts';

export interface NewTicket extends TicketFields {
  status: TicketStatus;
  receivedAt: Date;
  receivedKnown: boolean;
  firstResponseAt: Date | null;
  externalId?: string | null;
  importKey?: string | null;
}

/**
 * Stores a ticket and the first line of its history, in the caller's transaction.
 * @param text where it came from, for its history
 * @returns its number; null when a ticket of the same import key is there already
 */
export async function insertTicket(
  client: pg.ClientBase,
  config: Config,
  ticket: NewTicket,
  { by, text, now }: { by: string; text: string; now: Date },
): Promise<number | null> {
  const marker = randomUUID();
  const { seal } = ticketTexts(config, marker);
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO manual_tickets (marker, customer, email, issue, status, received_at, received_known, first_response_at,
       closed_at, external_id, import_key, created_at, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     ON CONFLICT (import_key) DO NOTHING RETURNING id`,
    [
      marker,
      seal(ticket.customer),
      ticket.email === null ? null : seal(ticket.email),
      seal(ticket.issue),
      ticket.status,
      ticket.receivedAt,
      ticket.receivedKnown,
      ticket.firstResponseAt,
      ticket.status === 'closed' ? now : null,
      ticket.externalId ?? null,
      ticket.importKey ?? null,
      now,
      by,
    ],
  );
  const id = rows[0]?.id;
  if (id === undefined) return null;
  await client.query(
    `INSERT INTO ticket_entries (ticket_id, at, by, kind, text) VALUES ($1, $2, $3, 'created', $4)`,
    [id, now, by, text],
  );
  return id;
}
