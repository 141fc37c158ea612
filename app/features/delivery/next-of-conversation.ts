/** Stands for every conversation in `delivery_holds`. */
export const EVERY_CONVERSATION = '*';

/** Nobody waits longer for what may be missing, ms. */
export const LONGEST_HOLD_MS = 20_000;

/**
 * SQL: `one` comes before `other` in their conversation, by receipt. What a spool brought in late has a lower place than its
 * number says (see queueDeliveries). Compared as a row, so that no index of seq looks fit to answer it.
 */
const isBefore = (one: string, other: string) => {
  const standing = (d: string) => `(COALESCE(${d}.place, ${d}.seq), ${d}.received_at, ${d}.seq)`;
  return `${standing(one)} < ${standing(other)}`;
};

/**
 * Who is next in a conversation, in SQL. Two queues stand side by side there: messages (`message_created`,
 * `message_updated`) in the order in which they were written, everything else in the order of receipt. Whichever head came
 * first goes first; but a message that still settles, or is held for what is being fetched before it, lets the others pass.
 *
 * A message settles for a while after its receipt, because Chatwoot's webhooks overtake each other. Once tried, it has.
 * "Pending" is said by `finished_at`, so that only the index of conversations can answer (see its migration).
 */
export function nextOfConversation(settleMs: string) {
  const hasSettled = (d: string) =>
    `(${d}.last_attempt_at IS NOT NULL OR ${d}.due_at <= now() - ${settleMs} * interval '1 millisecond')`;
  /** Each part is uncorrelated: one hash of the few there are, two single values. For holds in a row see holdMessages. */
  const isHeld = (d: string) =>
    `((${d}.conversation_key IN (SELECT conversation_key FROM delivery_holds WHERE until > now())
        OR EXISTS (SELECT FROM delivery_holds WHERE conversation_key = '${EVERY_CONVERSATION}' AND until > now()))
      AND GREATEST(${d}.received_at, (SELECT began_at FROM delivery_holds WHERE conversation_key = '${EVERY_CONVERSATION}'))
        > now() - ${LONGEST_HOLD_MS} * interval '1 millisecond')`;
  /** An update that settles holds nobody up; a message that settles holds up what was written after it. */
  const firstMessage = (d: string) => `
      SELECT m.seq, m.place, m.conversation_key, m.last_attempt_at, m.due_at, m.received_at FROM deliveries m
      WHERE m.conversation_key = ${d}.conversation_key AND m.finished_at IS NULL AND m.message_at IS NOT NULL
        AND (m.event = 'message_created' OR ${hasSettled('m')})
      ORDER BY m.message_at, m.message_id, (m.event <> 'message_created'), m.seq LIMIT 1`;
  const otherBefore = (d: string) => `EXISTS (
      SELECT FROM deliveries o WHERE o.conversation_key = ${d}.conversation_key AND o.finished_at IS NULL
        AND o.message_at IS NULL AND ${isBefore('o', d)})`;

  return {
    /** `d` may go out now as far as its conversation is concerned. */
    isNext: (d: string) => `CASE WHEN ${d}.message_at IS NULL
      THEN NOT ${otherBefore(d)} AND NOT EXISTS (
        SELECT FROM (${firstMessage(d)}) h WHERE ${isBefore('h', d)} AND ${hasSettled('h')} AND NOT ${isHeld('h')})
      ELSE ${hasSettled(d)} AND NOT ${isHeld(d)} AND NOT ${otherBefore(d)}
        AND ${d}.seq = (SELECT h.seq FROM (${firstMessage(d)}) h)
      END`,
  };
}

/** A message written after this one has been delivered: this one comes too late to be in order. */
export const isLate = (
  d: string,
) => `${d}.event = 'message_created' AND ${d}.message_at IS NOT NULL AND EXISTS (
      SELECT FROM deliveries s WHERE s.conversation_key = ${d}.conversation_key AND s.state = 'delivered'
        AND s.event = 'message_created' AND s.message_at IS NOT NULL
        AND (s.message_at, s.message_id) > (${d}.message_at, ${d}.message_id))`;

/**
 * Whether two deliveries are of one conversation, in SQL: put back from a backup, Chatwoot gives numbers out again, and what bears
 * the same number and was made at another time is another conversation. Where that time is not told the number alone decides.
 * @param one alias of a row with `conversation_key` and `conversation_began`; so is `other`
 */
export const isSameConversation = (one: string, other: string) =>
  `(${other}.conversation_key = ${one}.conversation_key
    AND COALESCE(${other}.conversation_began = ${one}.conversation_began, true))`;
