import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { insertTicket } from './insert-ticket.server.ts';
import { readMinutes, readTicketFields, type InputProblem } from './ticket-input.ts';
import { ticketName } from './ticket-view.ts';

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
