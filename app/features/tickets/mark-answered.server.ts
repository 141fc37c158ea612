import type pg from 'pg';

/** An answer went to the customer: the first one stops the clock. In the caller's transaction, on a locked ticket. */
export async function markAnswered(client: pg.ClientBase, ticketId: number, at: Date): Promise<void> {
  await client.query(
    `UPDATE manual_tickets SET first_response_at = COALESCE(first_response_at, GREATEST($2, received_at)),
       status = CASE WHEN status = 'open' THEN 'answered' ELSE status END, version = version + 1
     WHERE id = $1`,
    [ticketId, at],
  );
}
