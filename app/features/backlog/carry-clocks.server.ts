import type pg from 'pg';
import { AT_ITS_BEGINNING_MS } from './at-its-beginning.ts';
import type { ConversationChange } from './fold-projections.ts';

/** Numbers the customer's message that a ticket stands for; Chatwoot counts from 1. */
const TICKET_MESSAGE = 0;

/**
 * A conversation that was made of a ticket kept by hand: its customer has waited since the ticket, not since Chatwoot has
 * it; or no longer, when the ticket was answered. Later questions have clocks of their own. Where the ticket went into a
 * conversation that was there before, Chatwoot started no clock, and the ticket's is added. Only a marker of our own counts: a visitor can
 * set attributes of a conversation.
 */
export async function carryClocks(
  client: pg.ClientBase,
  changes: readonly ConversationChange[],
): Promise<readonly ConversationChange[]> {
  const markers = changes.flatMap(({ snapshot }) => snapshot.ticketMarker ?? []);
  if (markers.length === 0) return changes;
  const { rows } = await client.query<{ marker: string; received_at: Date; answered: boolean }>(
    `SELECT marker, received_at, first_response_at IS NOT NULL OR status = 'answered' AS answered
     FROM manual_tickets WHERE marker = ANY($1::uuid[])`,
    [markers],
  );
  const tickets = new Map(rows.map((row) => [row.marker, row]));
  return changes.map((change) => {
    const { snapshot, waits } = change;
    const ticket = tickets.get(snapshot.ticketMarker ?? '');
    if (!ticket || !snapshot.createdAt) return change;
    const until = snapshot.createdAt.getTime() + AT_ITS_BEGINNING_MS;
    const since = ticket.received_at;
    const carry = (began: Date): Date | null => {
      if (began.getTime() > until) return began;
      if (ticket.answered) return null;
      return since < began ? since : began;
    };
    const own = { messageId: TICKET_MESSAGE, at: since, machine: false };
    const wasThere = since.getTime() > until;
    return {
      ...change,
      snapshot: { ...snapshot, waitingSince: snapshot.waitingSince && carry(snapshot.waitingSince) },
      customerMessages: ticket.answered ? change.customerMessages : [...change.customerMessages, own],
      waits: [
        ...waits.flatMap((began) => carry(began) ?? []),
        ...(wasThere && !ticket.answered ? [since] : []),
      ],
    };
  });
}
