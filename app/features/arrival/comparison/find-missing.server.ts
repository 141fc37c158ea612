import type { Queryable } from '../../../lib/reading.ts';
import { messageDedupeKey } from '../../intake/derive-dedupe-key.ts';

/** A message as Chatwoot's API names it. */
export interface NamedMessage {
  id: number;
  /** By Chatwoot's clock; the API tells the second. */
  createdAt: Date;
}

/**
 * Which of these messages are not in the inbox, in the order of their numbers. Known is what has number and second of
 * creation: a Chatwoot that was put back from a backup gives numbers out again.
 */
export async function findMissing(
  db: Queryable,
  account: string,
  messages: readonly NamedMessage[],
): Promise<number[]> {
  if (messages.length === 0) return [];
  const named = messages.map(({ id, createdAt }) => ({
    id: String(id),
    createdSecond: Math.floor(createdAt.getTime() / 1000),
  }));
  const { rows } = await db.query<{ id: number }>(
    `SELECT id FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS i(id, second, key)
     WHERE NOT EXISTS (SELECT FROM webhook_events e WHERE e.dedupe_key = i.key)
       AND NOT EXISTS (SELECT FROM inbox_messages m WHERE m.account = $1 AND m.message_id = i.id
         AND floor(extract(epoch FROM m.created_at)) IN (0, i.second))
       AND NOT EXISTS (SELECT FROM reconciled_messages r WHERE r.account = $1 AND r.message_id = i.id
         AND floor(extract(epoch FROM r.created_at)) = i.second)
     ORDER BY id`,
    [
      account,
      named.map(({ id }) => id),
      named.map(({ createdSecond }) => createdSecond),
      named.map((message) => messageDedupeKey(account, message)),
    ],
  );
  return rows.map(({ id }) => id);
}
