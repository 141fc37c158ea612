import type { Queryable } from '../../lib/database/queryable.server.ts';

/**
 * Customers whose first answer is noted in a ticket kept by hand: since when they waited, until when, and what was due. One
 * that was brought into Chatwoot without an answer goes on there, with its clock; of one whose answer has no time nothing is
 * known.
 * @param seconds SLA_FIRST_RESPONSE, as SQL
 */
export const handWaits = (seconds: string) => `
SELECT received_at AS since, received_at + make_interval(secs => ${seconds}) AS due_at, first_response_at AS answered_at,
  COALESCE(first_response_at, CASE WHEN status = 'closed' THEN COALESCE(closed_at, created_at) END) AS ended_at
FROM manual_tickets
WHERE first_response_at IS NOT NULL OR (merged_conversation IS NULL AND status <> 'answered')`;

/** Whose customer waits for the first answer now, and not in Chatwoot. */
export const WAITS_BY_HAND = `first_response_at IS NULL AND status = 'open' AND merged_conversation IS NULL`;

/**
 * Customers who wait in tickets kept by hand; `breached`: longer than the target allows.
 * @param targetMs SLA_FIRST_RESPONSE
 */
export async function readWaitingByHand(
  db: Queryable,
  targetMs: number,
  now: Date,
): Promise<{ waiting: number; breached: number; oldestSince: string | null }> {
  const { rows } = await db.query<{ waiting: number; breached: number; oldest: Date | null }>(
    `SELECT count(*) AS waiting, count(*) FILTER (WHERE received_at < $1) AS breached, min(received_at) AS oldest
     FROM manual_tickets WHERE ${WAITS_BY_HAND}`,
    [new Date(now.getTime() - targetMs)],
  );
  const { waiting, breached, oldest } = rows[0]!;
  return { waiting, breached, oldestSince: oldest?.toISOString() ?? null };
}
