import type { MessageName, MessageOrder, Signal } from './derive-keys.ts';

/** A webhook as it will stand in `webhook_events` and `deliveries`; what the spool keeps of one. */
export interface InboxRow {
  /** UUID: the `webhook-id` the Agent service sees; of a message event always the same one. */
  eventId: string;
  /** 32 bytes, unique in `webhook_events`. */
  dedupeKey: Buffer;
  deliveryId: string | null;
  event: string;
  conversationKey: string;
  conversationId: string | null;
  /** Unix seconds: when it was made, as Chatwoot says; missing in spool records of earlier versions. */
  conversationSecond?: number | null;
  customerKey: string | null;
  signal: Signal | null;
  /** The message whose `message_created` it is; missing in spool records of earlier versions. */
  message?: MessageName | null;
  /** Where a message event stands in its conversation; missing in spool records of earlier versions. */
  order?: MessageOrder | null;
  /** JSON text of the headers that are kept. */
  headers: string;
  /** The bytes as received, or sealed (app/lib/body-cipher.server.ts). */
  body: Buffer;
  receivedAt: Date;
  /** That is by the machine's clock: the database had not been reached yet. */
  byMachine?: true;
}

/** With the time of receipt by the database's clock, in which rows of several machines have their order. */
export function byDatabaseClock(row: InboxRow, machineAheadMs: number | null): InboxRow {
  if (!row.byMachine || machineAheadMs === null) return row;
  const { byMachine: _known, ...rest } = row;
  return { ...rest, receivedAt: new Date(row.receivedAt.getTime() - machineAheadMs) };
}

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
