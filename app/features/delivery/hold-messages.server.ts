import type { Queryable } from '../../lib/reading.ts';
import { EVERY_CONVERSATION } from './next-of-conversation.ts';

/** Nobody waits longer for what may be missing, ms. */
export const LONGEST_HOLD_MS = 20_000;

/** Keys of conversations, or all there are. */
export type HeldConversations = readonly string[] | 'all';

const keysOf = (conversations: HeldConversations) =>
  conversations === 'all' ? [EVERY_CONVERSATION] : conversations;

/**
 * Lets message events of these conversations wait for at most `ms`, because older ones are being fetched that belong before
 * them. Everything else of the conversations goes on, and what is in flight ends by itself. A hold that is there already ends
 * when it was to end: nobody is held twice as long.
 * @param ms 20,000 at most
 */
export async function holdMessages(
  db: Queryable,
  { conversations, ms }: { conversations: HeldConversations; ms: number },
): Promise<void> {
  await db.query('DELETE FROM delivery_holds WHERE until <= now()');
  await db.query(
    `INSERT INTO delivery_holds (conversation_key, until)
     SELECT DISTINCT key, now() + $2 * interval '1 millisecond' FROM unnest($1::text[]) AS key
     ON CONFLICT (conversation_key) DO NOTHING`,
    [keysOf(conversations), Math.min(ms, LONGEST_HOLD_MS)],
  );
}

/** In place of every conversation only these wait on, until the hold of all was to end. Without one nothing changes. */
export async function narrowHold(db: Queryable, conversations: readonly string[]): Promise<void> {
  await db.query(
    `WITH hold AS (DELETE FROM delivery_holds WHERE conversation_key = $2 RETURNING until)
     INSERT INTO delivery_holds (conversation_key, until)
     SELECT DISTINCT key, until FROM hold, unnest($1::text[]) AS key
     ON CONFLICT (conversation_key) DO NOTHING`,
    [conversations, EVERY_CONVERSATION],
  );
}

/** Ends a hold early; `changes.announce('work')` after the commit lets them go at once. 'all' ends only the hold of all. */
export async function releaseMessages(db: Queryable, conversations: HeldConversations): Promise<void> {
  await db.query('DELETE FROM delivery_holds WHERE conversation_key = ANY($1::text[])', [
    keysOf(conversations),
  ]);
}
