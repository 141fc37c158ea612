import type { Queryable } from '../../lib/database/queryable.server.ts';
import { EVERY_CONVERSATION, LONGEST_HOLD_MS } from './next-of-conversation.ts';
import type pg from 'pg';
import { insertFacts } from '../facts/record-fact.server.ts';
import { requeueSkipped } from './skip-answered.server.ts';

/**
 * Holds that begin within this of each other belong together, ms: what one of them has held is held by the next for what is
 * left of its time, and no longer.
 */
const TOGETHER_MS = 2 * LONGEST_HOLD_MS;

/**
 * Lets the message events of every conversation wait, because older ones may have to be fetched that belong before them.
 * Everything else goes on, and what is in flight ends by itself. No event waits longer than LONGEST_HOLD_MS altogether,
 * however many holds follow each other; time in which nobody could have sent it is no wait for what is missing.
 * @param hold.ms 20,000 at most
 * @param hold.nobodySince since when, until now, no process lived that sends; null: one did
 */
export async function holdMessages(
  db: Queryable,
  { ms = LONGEST_HOLD_MS, nobodySince = null }: { ms?: number; nobodySince?: Date | null } = {},
): Promise<void> {
  const idle = `CASE WHEN $4::timestamptz IS NULL THEN interval '0' ELSE now() - GREATEST($4, h.held_at) END`;
  await db.query(
    `INSERT INTO delivery_holds AS h (conversation_key, until, held_at, began_at)
     VALUES ($1, now() + $2 * interval '1 millisecond', now(), now())
     ON CONFLICT (conversation_key) DO UPDATE SET until = excluded.until, held_at = now(),
       began_at = CASE WHEN h.held_at + ${idle} > now() - $3 * interval '1 millisecond'
         THEN LEAST(now(), h.began_at + ${idle}) ELSE now() END`,
    [EVERY_CONVERSATION, Math.min(ms, LONGEST_HOLD_MS), TOGETHER_MS, nobodySince],
  );
}

/** SQL: when the oldest message of a conversation came that has not gone out; null when none waits. @param key SQL of its key */
export const messageWaitsSince = (key: string): string => `(
  SELECT min(d.received_at) FROM deliveries d
  WHERE d.conversation_key = ${key} AND d.finished_at IS NULL AND d.message_at IS NOT NULL)`;

/** In place of every conversation only these wait on, until the hold of all was to end. Without one nothing changes. */
export async function narrowHold(db: Queryable, conversations: readonly string[]): Promise<void> {
  await db.query('DELETE FROM delivery_holds WHERE until <= now() AND conversation_key <> $1', [
    EVERY_CONVERSATION,
  ]);
  await db.query(
    `WITH hold AS (
       SELECT until FROM delivery_holds WHERE conversation_key = $2 AND until > now() FOR UPDATE
     ), ended AS (
       UPDATE delivery_holds SET until = now() WHERE conversation_key = $2 AND until > now()
     )
     INSERT INTO delivery_holds (conversation_key, until)
     SELECT DISTINCT key, until FROM hold, unnest($1::text[]) AS key
     ON CONFLICT (conversation_key) DO UPDATE SET until = excluded.until`,
    [conversations, EVERY_CONVERSATION],
  );
}

/**
 * Ends holds early; `changes.announce('work')` after the commit lets what waited go at once.
 * @param conversations `all`: the hold of all, and that of each
 */
export async function releaseMessages(
  db: Queryable,
  conversations: readonly string[] | 'all',
): Promise<void> {
  await db.query(
    `WITH hold AS (
       UPDATE delivery_holds SET until = now() WHERE conversation_key = $2 AND until > now() AND $1::text[] IS NULL
     )
     DELETE FROM delivery_holds
     WHERE conversation_key <> $2 AND ($1::text[] IS NULL OR conversation_key = ANY($1::text[]))`,
    [conversations === 'all' ? null : conversations, EVERY_CONVERSATION],
  );
}

/**
 * Puts events aside that were stored in this same transaction, before anybody can have claimed them: they are on record and
 * go out only when somebody says so.
 */
export async function withholdDeliveries(
  client: pg.ClientBase,
  seqs: readonly number[],
  now: Date,
): Promise<void> {
  await client.query(
    `UPDATE deliveries SET state = 'withheld', finished_at = $2 WHERE seq = ANY($1::bigint[]) AND state = 'pending'`,
    [seqs, now],
  );
}

/** They were not too many after all: nobody has to say anything. */
export async function letGo(client: pg.ClientBase, seqs: readonly number[], now: Date): Promise<void> {
  await client.query(
    `UPDATE deliveries SET state = 'pending', finished_at = NULL, due_at = $2, run_started_at = $2
     WHERE seq = ANY($1::bigint[]) AND state = 'withheld'`,
    [seqs, now],
  );
}

/** Sends what was withheld, in somebody's name, as what was skipped is sent on. @returns what goes out now */
export const sendWithheld = requeueSkipped;

/** Discards what was withheld, in a person's name and with a reason. @returns what is discarded now */
export async function leaveWithheld(
  client: pg.ClientBase,
  { seqs, by, reason, now }: { seqs: readonly number[]; by: string; reason: string; now: Date },
): Promise<number[]> {
  const { rows } = await client.query<{ seq: number }>(
    `WITH left_out AS (
       UPDATE deliveries SET state = 'discarded', discarded_by = $2, discard_reason = $3, finished_at = $4
       WHERE seq = ANY($1::bigint[]) AND state = 'withheld' RETURNING seq
     ), told AS (
       ${insertFacts('support.webhook.skip', {
         value: `jsonb_build_object('seq', seq)`,
         metadata: `jsonb_build_object('actor', $2::text, 'reason', $3::text)`,
         at: '$4',
       })}
       FROM left_out ORDER BY seq
     )
     SELECT seq FROM left_out ORDER BY seq`,
    [seqs, by, reason, now],
  );
  return rows.map(({ seq }) => seq);
}
