import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { type InputProblem, readMinutes, readTicketFields, type TicketFields } from './ticket-input.ts';
import { ticketTexts } from './ticket-row.server.ts';
import { ticketName, type TicketStatus } from './ticket-view.ts';

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
    const added = await insertTicket(client, services.config, ticket, { by: actor.name, text: 'Added', now });
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
