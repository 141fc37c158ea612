import type pg from 'pg';
import { channelKey } from './channel-key.ts';
import { storableJson } from '../../lib/storable.ts';
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
  // The same person may be a recipient of the team's e-mail and on the ladder: told once, also when both fail at once.
  await client.query("SELECT pg_advisory_xact_lock(hashtext('notifications.fallback'))");
  const told = await client.query(
    `SELECT FROM notifications WHERE thread = $1 AND channel = $2 AND message = $3
       AND ($4 OR dedupe_key ~ ' > email/[0-9a-f]{12} > ') LIMIT 1`,
    [
      thread,
      storableJson(next),
      storableJson(message),
      channel.of === 'environment' && Boolean(channel.recipient),
    ],
  );
  if (told.rowCount) return;
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
