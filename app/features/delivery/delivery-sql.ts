/**
 * A statement that puts deliveries into the queue, within the one that stores their events.
 * @param rows a query's `FROM …` with the columns of an inbox row and `seq`
 */
export const queueDeliveries = (rows: string): string => `INSERT INTO deliveries
    (seq, event_id, conversation_key, conversation_id, customer_key, event, signal, due_at, received_at, run_started_at,
     message_at, message_id, conversation_began)
  SELECT seq, event_id, conversation_key, conversation_id, customer_key, event, signal,
         LEAST(received_at, now()), received_at, received_at, order_at, order_id, to_timestamp(conversation_second)
  ${rows} ORDER BY seq`;

/** A statement that sends what was withheld after all, within a larger one. @param told a query's name, with `seq` */
export const letGoOf = (
  told: string,
): string => `UPDATE deliveries d SET state = 'pending', finished_at = NULL, due_at = now(), run_started_at = now() FROM ${told}
  WHERE d.seq = ${told}.seq AND d.state = 'withheld'`;
