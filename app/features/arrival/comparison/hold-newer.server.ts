import type { Queryable } from '../../../lib/database/queryable.server.ts';
import { narrowHold, releaseMessages } from '../../delivery/hold-messages.server.ts';
import type { ExactId } from '../../../lib/chatwoot/exact-id.ts';

/** The list is complete: only conversations that are to be compared wait on. */
export async function holdListed(db: Queryable, accountId: string, runId: number): Promise<void> {
  await narrowHold(db, await keysLeft(db, accountId, runId));
}

/** A conversation has been compared: what is newer follows what was missing. */
export async function releaseCompared(
  db: Queryable,
  accountId: string,
  conversationId: ExactId,
): Promise<void> {
  await releaseMessages(db, [`${accountId}:${conversationId}`]);
}

/** Nothing more is fetched for now: nobody waits for it. */
export const releaseNewer = (db: Queryable): Promise<void> => releaseMessages(db, 'all');

async function keysLeft(db: Queryable, accountId: string, runId: number): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(
    `SELECT $2 || ':' || conversation_id AS key FROM reconciliation_items
     WHERE reconciliation_id = $1 AND checked_at IS NULL`,
    [runId, accountId],
  );
  return rows.map(({ key }) => key);
}
