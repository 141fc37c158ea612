import type pg from 'pg';
import { channelKey } from '../notify/channel-key.ts';
import type { OutgoingMessage } from '../notify/message.ts';
import { queueNotifications } from '../notify/queue-notifications.server.ts';

type Raised = Pick<OutgoingMessage, 'thread' | 'channel' | 'message' | 'drill'>;

/** Tells of every warning of a drill that somebody was told of, and which is not over, that it is over with the drill. */
export async function endWarnings(client: pg.ClientBase, sentence: string, now: Date): Promise<void> {
  const { rows } = await client.query<Raised>(
    `SELECT thread, channel, message, drill FROM notifications n WHERE kind = 'warning' AND NOT EXISTS (
       SELECT 1 FROM notifications o WHERE o.thread = n.thread AND o.kind = 'warning_cleared') ORDER BY id`,
  );
  const over = rows.map(({ thread, channel, message, drill }): OutgoingMessage => ({
    ...{ thread, channel, drill },
    dedupeKey: `${thread}:warning_cleared:${channelKey(channel)}`,
    incidentId: null,
    contactId: null,
    fallbacks: [],
    message: {
      ...message,
      ...{ kind: 'warning_cleared', severity: 'info', sentence, at: now.toISOString() },
      title: `Over: ${message.title}`,
    },
  }));
  await queueNotifications(client, over, now);
}
