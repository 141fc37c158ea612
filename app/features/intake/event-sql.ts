/** A statement that removes events, within the one that removes their deliveries. @param seqs a query of their numbers */
export const removeEvents = (seqs: string): string =>
  `DELETE FROM webhook_events WHERE seq IN (${seqs}) RETURNING source, event`;

/** A statement that removes the received bytes and kept headers of events. $1: their numbers, bigint[] */
export const REMOVE_EVENT_TEXTS = `UPDATE webhook_events SET body = '', headers = '{}' WHERE seq = ANY($1::bigint[])`;
