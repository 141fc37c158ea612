import type pg from 'pg';
import { openText, sealText } from '../../lib/body-cipher.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { TicketMerge, TicketStatus, TicketView } from './ticket-view.ts';

/** A row of `manual_tickets`; texts as they are stored. */
export interface TicketRow {
  id: number;
  marker: string;
  customer: string;
  email: string | null;
  issue: string;
  status: TicketStatus;
  received_at: Date;
  received_known: boolean;
  first_response_at: Date | null;
  closed_at: Date | null;
  external_id: string | null;
  created_at: Date;
  created_by: string;
  version: number;
  merge_state: TicketMerge['state'] | null;
  merge_by: string | null;
  merge_inbox: number | null;
  merge_result: string | null;
  merge_attempts: number;
  merged_contact: number | null;
  merged_conversation: number | null;
  merge_note: number | null;
  text_removed_at: Date | null;
}

/** Texts of one ticket as they are stored: sealed with a key set, and bound to the ticket (see decision 5). */
export function ticketTexts(
  { DATA_ENCRYPTION_KEYS: keys }: Pick<Config, 'DATA_ENCRYPTION_KEYS'>,
  marker: string,
) {
  return {
    seal: (text: string) => sealText(keys, text, marker),
    /** Of what cannot be opened, a sentence that says so. */
    open: (stored: string) =>
      openText(keys, stored, marker) ?? '[sealed with a key that is not in DATA_ENCRYPTION_KEYS]',
  };
}

/** A ticket as pages show it. @param withTexts whoever asks may read what customers write */
export function ticketView(row: TicketRow, config: Config, withTexts: boolean): TicketView {
  const texts = ticketTexts(config, row.marker);
  const shown = (stored: string) => (withTexts ? texts.open(stored) : null);
  return {
    id: row.id,
    customer: shown(row.customer),
    email: row.email === null ? null : shown(row.email),
    issue: shown(row.issue),
    status: row.status,
    receivedAt: row.received_at.toISOString(),
    receivedKnown: row.received_known,
    firstResponseAt: row.first_response_at?.toISOString() ?? null,
    dueAt: new Date(row.received_at.getTime() + config.SLA_FIRST_RESPONSE).toISOString(),
    externalId: row.external_id,
    createdBy: row.created_by,
    version: row.version,
    textRemoved: row.text_removed_at !== null,
    merge: mergeOf(row, config, withTexts),
  };
}

function mergeOf(row: TicketRow, { connection }: Config, withTexts: boolean): TicketMerge | null {
  if (row.merge_state === null) return null;
  const id = row.merged_conversation;
  return {
    state: row.merge_state,
    by: row.merge_by ?? '',
    // Chatwoot's own words may name the customer.
    result: withTexts ? row.merge_result : null,
    conversationId: id,
    url:
      id !== null && connection
        ? `${connection.chatwootUrl}/app/accounts/${connection.accountId}/conversations/${id}`
        : null,
  };
}

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

/** An answer went to the customer: the first one stops the clock. In the caller's transaction, on a locked ticket. */
export async function markAnswered(client: pg.ClientBase, ticketId: number, at: Date): Promise<void> {
  await client.query(
    `UPDATE manual_tickets SET first_response_at = COALESCE(first_response_at, GREATEST($2, received_at)),
       status = CASE WHEN status = 'open' THEN 'answered' ELSE status END, version = version + 1
     WHERE id = $1`,
    [ticketId, at],
  );
}
