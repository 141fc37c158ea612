import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { lockTicket, type NotChanged } from './lock-ticket.server.ts';
import { markAnswered } from './mark-answered.server.ts';
import { clean, LIMITS } from './ticket-input.ts';
import { ticketTexts } from './ticket-row.server.ts';
import { ticketName } from './ticket-view.ts';

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
  if (text.length > LIMITS.text) return { outcome: 'refused', problem: 'text_too_long' };
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
