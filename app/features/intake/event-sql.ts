/** A statement that removes events, within the one that removes their deliveries. @param seqs a query of their numbers */
export const removeEvents = (seqs: string): string =>
  `DELETE FROM webhook_events WHERE seq IN (${seqs}) RETURNING source, event`;

/** A statement that removes the received bytes and kept headers of events. $1: their numbers, bigint[] */
export const REMOVE_EVENT_TEXTS = `UPDATE webhook_events SET body = '', headers = '{}' WHERE seq = ANY($1::bigint[])`;

/**
 * SQL: when a webhook came last. Newest first by receipt: the order of `seq` can differ from the clock by what a spool brought in
 * late. A few rows of the primary key, never the history. What this app fetched is no webhook.
 */
export const LAST_WEBHOOK = `SELECT max(received_at) FROM (
  SELECT received_at FROM webhook_events WHERE source = 'webhook' ORDER BY seq DESC LIMIT 50) newest`;
