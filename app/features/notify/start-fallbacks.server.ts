import type pg from 'pg';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Channel } from './message.ts';
import { queueFallback } from './queue-fallback.server.ts';
import { FALLBACK_AFTER_MS } from './retry-plan.ts';

/** What waits since before $2 over a channel that has failed, itself or the message it waits for. */
const FAILING = `
SELECT n.id, n.dedupe_key AS "dedupeKey", n.thread, n.incident_id AS "incidentId", n.contact_id AS "contactId", n.channel,
  n.fallbacks, n.message, n.drill
FROM notifications n
WHERE n.state = 'queued' AND n.fallbacks <> '[]' AND n.channel->>'kind' = $1 AND n.created_at <= $2
  AND (n.attempts > 0 OR EXISTS (
    SELECT 1 FROM notifications b
    WHERE b.thread = n.thread AND b.channel = n.channel AND b.state = 'queued' AND b.attempts > 0 AND b.id < n.id))
ORDER BY n.id
FOR UPDATE OF n SKIP LOCKED`;

/**
 * A contact whose channel has failed for two minutes is told over the next one too, while the first is tried on.
 * @returns how many messages got another channel
 */
export async function startFallbacks(pool: pg.Pool, kind: Channel['kind'], now: Date): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Parameters<typeof queueFallback>[1]>(FAILING, [
      kind,
      new Date(now.getTime() - FALLBACK_AFTER_MS),
    ]);
    for (const row of rows) await queueFallback(client, row, now);
    return rows.length;
  });
}
