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
}
