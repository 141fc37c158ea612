import type pg from 'pg';
import type { TicketRow } from './ticket-row.server.ts';

export type NotChanged =
  | { outcome: 'not_found' }
  /** Somebody else changed it since the page was read. */
  | { outcome: 'changed_meanwhile'; by: string; at: string }
  /** It is on its way into Chatwoot. */
  | { outcome: 'merging' }
  /** It goes on in Chatwoot. */
  | { outcome: 'merged' };

/**
 * Locks a ticket for a change by a person, in the caller's transaction.
 * @param version as the page showed it; undefined when what is done does not depend on what was seen
 * @returns the row, or why it may not be changed
 */
export async function lockTicket(
  client: pg.ClientBase,
  ticketId: number,
  version: number | undefined,
): Promise<TicketRow | NotChanged> {
  const { rows } = await client.query<TicketRow>('SELECT * FROM manual_tickets WHERE id = $1 FOR UPDATE', [
    ticketId,
  ]);
  const row = rows[0];
  if (!row) return { outcome: 'not_found' };
  if (row.merge_state === 'done') return { outcome: 'merged' };
  if (row.merge_state === 'waiting' || row.merge_state === 'running') return { outcome: 'merging' };
  if (version === undefined || row.version === version) return row;
  const last = await client.query<{ by: string; at: Date }>(
    'SELECT by, at FROM ticket_entries WHERE ticket_id = $1 ORDER BY id DESC LIMIT 1',
    [ticketId],
  );
  const { by = 'somebody', at = row.created_at } = last.rows[0] ?? {};
  return { outcome: 'changed_meanwhile', by, at: at.toISOString() };
}
