import type { Queryable } from '../../../lib/reading.ts';
import {
  holdMessages,
  LONGEST_HOLD_MS,
  narrowHold,
  releaseMessages,
} from '../../delivery/hold-messages.server.ts';

/** As long as a hold may last, everything goes out before the next, ms: gaps one after another hold nobody twice. */
const PAUSE_MS = LONGEST_HOLD_MS;

/**
 * After a gap what is missing goes out first: as a comparison of one begins, newer messages wait for it. Call it before the
 * comparison is on record, in the same transaction.
 */
export async function holdNewer(db: Queryable, now: Date): Promise<void> {
  const { rows } = await db.query<{ held: boolean }>(
    `SELECT EXISTS (SELECT FROM reconciliations WHERE cause = 'recovery' AND started_at > $1) AS held`,
    [new Date(now.getTime() - LONGEST_HOLD_MS - PAUSE_MS)],
  );
  if (!rows[0]!.held) await holdMessages(db, { conversations: 'all', ms: LONGEST_HOLD_MS });
}

/** The list is complete: only conversations that are to be compared wait on. */
export async function holdListed(db: Queryable, accountId: string, runId: number): Promise<void> {
  await narrowHold(db, await keysLeft(db, accountId, runId));
}

/** A conversation has been compared: what is newer follows what was missing. */
export async function releaseCompared(
  db: Queryable,
  accountId: string,
  conversationId: number,
): Promise<void> {
  await releaseMessages(db, [`${accountId}:${conversationId}`]);
}

/** Nothing more is fetched for now: nobody waits for it. */
export async function releaseNewer(db: Queryable, accountId: string, runId: number): Promise<void> {
  await releaseMessages(db, 'all');
  await releaseMessages(db, await keysLeft(db, accountId, runId));
}

async function keysLeft(db: Queryable, accountId: string, runId: number): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(
    `SELECT $2 || ':' || conversation_id AS key FROM reconciliation_items
     WHERE reconciliation_id = $1 AND checked_at IS NULL`,
    [runId, accountId],
  );
  return rows.map(({ key }) => key);
}
