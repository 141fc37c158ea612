import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';
import type { Queryable } from '../../../lib/database/queryable.server.ts';
import { narrowHold, releaseMessages } from '../../delivery/hold-messages.server.ts';
import type { ComparisonRun } from './lost-webhook.ts';
import type { Uncompared } from './reconciliation-view.ts';

const NOTE = `
INSERT INTO uncompared (conversation_id, since, detail, first_at, last_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (conversation_id) WHERE over_at IS NULL
DO UPDATE SET since = LEAST(uncompared.since, excluded.since), detail = excluded.detail, last_at = excluded.last_at`;

/** Notes a page of the list that cannot be read, and goes on with the next. */
export async function noteBadPage(
  db: Queryable,
  run: ComparisonRun,
  detail: string,
  now: Date,
): Promise<void> {
  await db.query(NOTE, [null, run.since, detail.slice(0, 500), now]);
  await db.query(
    `UPDATE reconciliations SET page = page + 1, bad_pages = bad_pages + 1 WHERE id = $1 AND state = 'running'`,
    [run.id],
  );
}

/** Notes what of a page cannot be read, while the rest of it is. */
export async function notePartOfPage(
  db: Queryable,
  run: ComparisonRun,
  detail: string,
  now: Date,
): Promise<void> {
  await db.query(NOTE, [null, run.since, detail, now]);
  await db.query(
    `UPDATE reconciliations SET bad_pages = bad_pages + 1 WHERE id = $1 AND state = 'running' AND bad_pages = 0`,
    [run.id],
  );
}

/** Notes a conversation that cannot be read; the rest is compared all the same. */
export async function noteBadConversation(
  db: Queryable,
  item: { conversationId: ExactId; since: Date; detail: string },
  now: Date,
): Promise<void> {
  await db.query(NOTE, [item.conversationId, item.since, item.detail.slice(0, 500), now]);
}

/** A conversation was compared, or is gone. */
export async function noteCompared(db: Queryable, conversationId: ExactId, now: Date): Promise<void> {
  await db.query('UPDATE uncompared SET over_at = $2 WHERE conversation_id = $1 AND over_at IS NULL', [
    conversationId,
    now,
  ]);
}

/** With the list complete: conversations of before are looked at too; pages of before are read when every page was. */
export async function takeUpUncompared(db: Queryable, run: ComparisonRun, now: Date): Promise<void> {
  await db.query(
    `INSERT INTO reconciliation_items (reconciliation_id, conversation_id, since)
     SELECT $1, conversation_id, since FROM uncompared WHERE over_at IS NULL AND conversation_id IS NOT NULL
     ON CONFLICT (reconciliation_id, conversation_id) DO UPDATE SET since = excluded.since`,
    [run.id],
  );
  if (run.bad_pages > 0) return;
  await db.query(
    'UPDATE uncompared SET over_at = $2 WHERE conversation_id IS NULL AND over_at IS NULL AND since >= $1',
    [run.since, now],
  );
}

/** What is not compared, oldest first. */
export async function readUncompared(db: Queryable): Promise<Uncompared[]> {
  const { rows } = await db.query<{ conversation: ExactId | null; since: Date; detail: string }>(
    `SELECT conversation_id AS conversation, since, detail FROM uncompared WHERE over_at IS NULL ORDER BY since, id LIMIT 100`,
  );
  return rows.map(({ since, ...rest }) => ({ ...rest, since: since.toISOString() }));
}

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
