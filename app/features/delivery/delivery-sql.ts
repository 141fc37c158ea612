/** So many of a conversation are looked at for a place among them. */
const LOOKED_AT = 200;

/** What was received before: a time to come is that of a clock that was set back since. */
const IS_BEFORE = `(b.received_at <= input.received_at OR b.received_at > clock_timestamp() + interval '1 second')`;

/**
 * A statement that puts deliveries into the queue, within the one that stores their events.
 *
 * What a spool brings in may have been overtaken by what another process stored at once: it takes its place behind the last
 * event of its conversation that was stored at once and received before it, delivered or not; among others of that place the
 * time of receipt decides. So two spools that are brought in at the same moment, without seeing each other's events, agree.
 * Where none of those lies within reach, what spools brought in before tells the place. What waited long for the database, behind a
 * lock for one, may have been overtaken in the same way.
 * @param rows a query's `FROM …` with the columns of an inbox row and `seq`; the table of those columns is named `input`
 * @param isOvertaken a condition: others may have been stored before them that were received later
 */
export const queueDeliveries = (rows: string, isOvertaken: string): string => `INSERT INTO deliveries
    (seq, event_id, conversation_key, conversation_id, customer_key, event, signal, due_at, received_at, run_started_at,
     message_at, message_id, conversation_began, place)
  SELECT seq, event_id, conversation_key, conversation_id, customer_key, event, signal,
         LEAST(received_at, now()), received_at, received_at, order_at, order_id, to_timestamp(conversation_second),
         CASE WHEN ${isOvertaken} THEN (
           SELECT COALESCE(
             max(b.seq) FILTER (WHERE b.place IS NULL AND ${IS_BEFORE}),
             CASE WHEN count(*) < ${LOOKED_AT} THEN 0
               ELSE COALESCE(max(b.place) FILTER (WHERE ${IS_BEFORE}), min(COALESCE(b.place, b.seq))) END)
           FROM (
             SELECT seq, place, received_at FROM deliveries
             WHERE conversation_key = input.conversation_key ORDER BY seq DESC LIMIT ${LOOKED_AT}) b) END
  ${rows} ORDER BY seq`;

/** A statement that sends what was withheld after all, within a larger one. @param told a query's name, with `seq` */
export const letGoOf = (
  told: string,
): string => `UPDATE deliveries d SET state = 'pending', finished_at = NULL, due_at = now(), run_started_at = now() FROM ${told}
  WHERE d.seq = ${told}.seq AND d.state = 'withheld'`;
