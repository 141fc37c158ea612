import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { storableJson } from '../../lib/storable.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import {
  lockTicket,
  markAnswered,
  type NotChanged,
  type TicketRow,
  ticketTexts,
} from './ticket-row.server.ts';
import {
  clean,
  type InputProblem,
  readTicketFields,
  TICKET_LIMITS,
  ticketName,
  type TicketStatus,
} from './ticket-view.ts';

export interface ChangeRequest {
  ticketId: number;
  /** As the page showed it. */
  version: number;
  customer: string;
  email: string;
  issue: string;
  status: TicketStatus;
  /** Minutes from the customer's message to the first answer; null: none is noted; undefined: as it is. */
  responseMinutes: number | null | undefined;
  actor: Actor;
  now: Date;
}

export type TicketOutcome =
  | { outcome: 'changed'; id: number }
  | { outcome: 'nothing_changed'; id: number }
  | { outcome: 'refused'; problem: InputProblem | 'response_in_future' }
  | NotChanged;

/**
 * Changes a ticket as a person edited it. Whoever says "answered" without a time means now. What it was and what it is now
 * are kept in its history; the audit log keeps which fields, without the customer's words.
 */
export async function changeTicket(services: Services, request: ChangeRequest): Promise<TicketOutcome> {
  const { ticketId, version, actor, now } = request;
  const input = readTicketFields(request);
  if (!input.ok) return { outcome: 'refused', problem: input.problem };
  const outcome = await inTransaction(services.db.pool, async (client): Promise<TicketOutcome> => {
    const row = await lockTicket(client, ticketId, version);
    if ('outcome' in row) return row;
    const { open, seal } = ticketTexts(services.config, row.marker);
    const response = firstResponse(row, request);
    if (response && response > now) return { outcome: 'refused', problem: 'response_in_future' };
    const was = {
      customer: open(row.customer),
      email: row.email === null ? null : open(row.email),
      issue: open(row.issue),
      status: row.status,
      firstResponseAt: row.first_response_at?.toISOString() ?? null,
    };
    const is: typeof was = {
      ...input.fields,
      status: request.status,
      firstResponseAt: response?.toISOString() ?? null,
    };
    const fields = (Object.keys(was) as (keyof typeof was)[]).filter((field) => was[field] !== is[field]);
    if (fields.length === 0) return { outcome: 'nothing_changed', id: ticketId };
    await client.query(
      `UPDATE manual_tickets SET customer = $3, email = $4, issue = $5, status = $6, first_response_at = $7,
         closed_at = CASE WHEN $6 <> 'closed' THEN NULL ELSE COALESCE(closed_at, $8) END, version = version + 1
       WHERE id = $1 AND version = $2`,
      [
        ticketId,
        version,
        seal(is.customer),
        is.email === null ? null : seal(is.email),
        seal(is.issue),
        is.status,
        response,
        now,
      ],
    );
    const part = (all: typeof was) =>
      storableJson(Object.fromEntries(fields.map((field) => [field, seal(all[field] ?? '')])));
    await client.query(
      `INSERT INTO ticket_entries (ticket_id, at, by, kind, text, before, after)
       VALUES ($1, $2, $3, 'changed', '', $4, $5)`,
      [ticketId, now, actor.name, part(was), part(is)],
    );
    await recordAudit(client, {
      actor,
      action: 'tickets.change',
      target: `ticket ${ticketName(ticketId)}`,
      before: { status: was.status, firstResponseAt: was.firstResponseAt },
      after: { status: is.status, firstResponseAt: is.firstResponseAt, fields },
      at: now,
    });
    return { outcome: 'changed', id: ticketId };
  });
  if (outcome.outcome === 'changed') services.changes.announce('page');
  return outcome;
}

function firstResponse(row: TicketRow, { responseMinutes, status, now }: ChangeRequest): Date | null {
  if (typeof responseMinutes === 'number')
    return new Date(row.received_at.getTime() + Math.round(responseMinutes * 60_000));
  const kept = responseMinutes === null ? null : row.first_response_at;
  return kept === null && status === 'answered' && row.status !== 'answered' ? now : kept;
}

export type LogOutcome =
  | { outcome: 'noted' | 'reply_logged'; id: number }
  | { outcome: 'refused'; problem: 'text_missing' | 'text_too_long' }
  | NotChanged;

/**
 * Keeps what a person says of a ticket: a note, or the answer that they gave from their own mail program or by telephone.
 * An answer is the first one, now, if there was none.
 */
export async function logEntry(
  services: Services,
  request: { ticketId: number; kind: 'note' | 'reply'; text: string; actor: Actor; now: Date },
): Promise<LogOutcome> {
  const { ticketId, kind, actor, now } = request;
  const text = clean(request.text).trim();
  if (text === '') return { outcome: 'refused', problem: 'text_missing' };
  if (text.length > TICKET_LIMITS.text) return { outcome: 'refused', problem: 'text_too_long' };
  const outcome = await inTransaction(services.db.pool, async (client): Promise<LogOutcome> => {
    const row = await lockTicket(client, ticketId, undefined);
    if ('outcome' in row) return row;
    await client.query(
      'INSERT INTO ticket_entries (ticket_id, at, by, kind, text) VALUES ($1, $2, $3, $4, $5)',
      [ticketId, now, actor.name, kind, ticketTexts(services.config, row.marker).seal(text)],
    );
    if (kind === 'reply') await markAnswered(client, ticketId, now);
    await recordAudit(client, {
      actor,
      action: kind === 'note' ? 'tickets.note' : 'tickets.reply',
      target: `ticket ${ticketName(ticketId)}`,
      at: now,
    });
    return { outcome: kind === 'note' ? 'noted' : 'reply_logged', id: ticketId };
  });
  if (outcome.outcome === 'noted' || outcome.outcome === 'reply_logged') services.changes.announce('page');
  return outcome;
}

const DAY_MS = 86_400_000;
const BATCH = 500;

/**
 * Removes customers' words from tickets that were closed or brought into Chatwoot more than `retentionDays` ago; numbers,
 * times and who did what stay. An open ticket is never touched, however old.
 * @param retentionDays MESSAGE_RETENTION_DAYS; 0 keeps everything
 * @returns how many tickets lost their texts
 */
export async function removeTicketTexts(
  pool: pg.Pool,
  { retentionDays, now }: { retentionDays: number; now: Date },
): Promise<number> {
  if (retentionDays === 0) return 0;
  const cutoff = new Date(now.getTime() - retentionDays * DAY_MS);
  for (let removed = 0; ;) {
    const { rowCount } = await pool.query(
      `WITH old AS (
         SELECT id FROM manual_tickets WHERE text_removed_at IS NULL
           AND (merge_state = 'done' AND merged_at < $1 OR status = 'closed' AND closed_at < $1 AND merge_state IS NULL)
         ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
       ), entries AS (
         UPDATE ticket_entries SET text = CASE WHEN kind IN ('created', 'merge') THEN text ELSE '' END,
           before = before - ARRAY['customer', 'email', 'issue'], after = after - ARRAY['customer', 'email', 'issue']
         WHERE ticket_id IN (SELECT id FROM old)
       )
       UPDATE manual_tickets t SET customer = '', email = NULL, issue = '', text_removed_at = $2, version = version + 1
       FROM old WHERE t.id = old.id`,
      [cutoff, now, BATCH],
    );
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < BATCH) return removed;
  }
}
