import type pg from 'pg';
import { channelKey } from './channel-key.ts';
import { CHANNEL_WORDS } from './channel-words.ts';
import type { OutgoingMessage } from './message.ts';
import { queueNotifications } from './queue-notifications.server.ts';

type Failing = Omit<OutgoingMessage, 'insteadOf'> & { id: number };

/** Queues a message for the next channel of its contact too; what is left of the fallbacks goes with it. */
export async function queueFallback(client: pg.ClientBase, failing: Failing, now: Date): Promise<void> {
  const { id, dedupeKey, thread, incidentId, contactId, channel, fallbacks, message, drill } = failing;
  const [next, ...others] = fallbacks;
  if (!next) return;
  await client.query("UPDATE notifications SET fallbacks = '[]' WHERE id = $1", [id]);
  const fallback: OutgoingMessage = {
    dedupeKey: `${dedupeKey} > ${channelKey(next)}`,
    thread,
    incidentId,
    contactId,
    channel: next,
    fallbacks: others,
    message,
    drill,
    insteadOf: CHANNEL_WORDS[channel.kind],
  };
  await queueNotifications(client, [fallback], now);
}
