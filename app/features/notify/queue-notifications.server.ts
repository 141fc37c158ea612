import type pg from 'pg';
import { channelKey } from './channel-key.ts';
import type { OutgoingMessage } from './message.ts';
import { storableJson } from '../../lib/storable.ts';

/**
 * Puts messages into the outbox, in their order. Pass the client of the transaction of the change they tell of; after its
 * commit `changes.announce('work')` makes the notifier look at once (it also looks by itself). A dedupe key that was queued
 * before is left as it is, and so is its log. Messages of a simulated drill are recorded and never sent.
 */
export async function queueNotifications(
  client: pg.ClientBase,
  messages: OutgoingMessage[],
  now: Date,
): Promise<void> {
  if (messages.length === 0) return;
  const distinct = new Map(messages.map((wanted) => [wanted.dedupeKey, wanted]));
  const rows = [...distinct.values()].map((wanted) => ({
    ...wanted,
    key: channelKey(wanted.channel),
    state: wanted.drill === 'simulated' ? 'simulated' : 'queued',
  }));
  await client.query(
    `WITH wanted AS (
       SELECT place, item FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS list (item, place)
     ), queued AS (
       INSERT INTO notifications (dedupe_key, incident_id, kind, contact_id, channel, fallbacks, thread, message, drill, state,
                                  due_at, created_at, finished_at, instead_of)
       SELECT item->>'dedupeKey', (item->>'incidentId')::bigint, item->'message'->>'kind', (item->>'contactId')::bigint,
              item->'channel', item->'fallbacks', item->>'thread', item->'message', item->>'drill', item->>'state', $2, $2,
              CASE WHEN item->>'state' = 'simulated' THEN $2::timestamptz END, item->>'insteadOf'
       FROM wanted ORDER BY place
       ON CONFLICT (dedupe_key) DO NOTHING
       RETURNING id, dedupe_key, state
     )
     INSERT INTO notification_log (notification_id, at, state, channel)
     SELECT queued.id, $2, queued.state, wanted.item->>'key'
     FROM queued JOIN wanted ON wanted.item->>'dedupeKey' = queued.dedupe_key
     ORDER BY queued.id`,
    [storableJson(rows), now],
  );
}
