import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { storableJson } from '../../lib/storable.ts';
import { CHANNEL_WORDS, channelKey } from './channel.ts';
import { FALLBACK_AFTER_MS } from './decide-after-send.ts';
import type { Channel, QueuedMessage } from './message.ts';

/**
 * Puts messages into the outbox, in their order. Pass the client of the transaction of the change they tell of; after its
 * commit `changes.announce('work')` makes the notifier look at once (it also looks by itself). A dedupe key that was queued
 * before is left as it is, and so is its log. Messages of a simulated drill are recorded and never sent.
 */
export async function queueNotifications(
  client: pg.ClientBase,
  messages: QueuedMessage[],
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

/** Has a message tried again from the first try. @param ended how it may have ended @returns whether it had */
export async function queueAgain(
  client: pg.ClientBase,
  dedupeKey: string,
  now: Date,
  ended: readonly string[] = ['failed'],
): Promise<boolean> {
  const { rowCount } = await client.query(
    `WITH again AS (
       UPDATE notifications SET state = 'queued', attempts = 0, created_at = $2, due_at = $2, finished_at = NULL
       WHERE dedupe_key = $1 AND state = ANY ($3) RETURNING id, channel
     )
     INSERT INTO notification_log (notification_id, at, state, channel)
     SELECT id, $2, 'queued', concat_ws('/', channel->>'kind', channel->>'contactId', channel->>'channelId') FROM again`,
    [dedupeKey, now, ended],
  );
  return rowCount === 1;
}

/**
 * Gives a public update that nobody was told of yet another text: it was never tried, or it finally failed and may be tried again.
 * @returns false when it may have been taken as it was
 */
export async function rewordUnsent(client: pg.ClientBase, dedupeKey: string, text: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE notifications SET message = jsonb_set(message, '{update,text}', to_jsonb($2::text))
     WHERE dedupe_key = $1 AND (state = 'failed' OR state = 'queued' AND attempts = 0 AND owner IS NULL)`,
    [dedupeKey, text],
  );
  return rowCount === 1;
}

/**
 * Takes up to a number of subscribers' messages out of the outbox, with their logs, of which it is known what became of them:
 * who was told keeps it, and an outbox of the team's does not grow with their number.
 */
export async function takeToldSubscribers(
  client: pg.ClientBase,
  most: number,
): Promise<{ key: string; state: string }[]> {
  const { rows } = await client.query<{ key: string; state: string }>(
    `WITH told AS (
       SELECT id FROM notifications WHERE channel->>'of' = 'subscriber' AND state <> 'queued'
       ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
     ), logs AS (DELETE FROM notification_log l USING told WHERE l.notification_id = told.id)
     DELETE FROM notifications n USING told WHERE n.id = told.id RETURNING n.dedupe_key AS key, n.state`,
    [most],
  );
  return rows;
}

/** Messages to subscribers that wait in the outbox, by their kind: whose turn is to come, and to whom a try has failed. */
export async function countWaitingSubscribers(
  client: pg.ClientBase,
): Promise<{ kind: Channel['kind']; untried: number; failing: number }[]> {
  const { rows } = await client.query<{ kind: Channel['kind']; untried: number; failing: number }>(
    `SELECT kind, COALESCE(sum(n) FILTER (WHERE NOT failing), 0)::int AS untried, COALESCE(sum(n) FILTER (WHERE failing), 0)::int AS failing
     FROM (
       SELECT channel->>'kind' AS kind, count(*) AS n, max(attempts) > 0 AS failing FROM notifications
       WHERE channel->>'of' = 'subscriber' AND state = 'queued' GROUP BY thread, channel->>'kind'
     ) threads GROUP BY kind`,
  );
  return rows;
}

/** Subscribers are not told any more what they were to be told by these. Those that are being sent stay. */
export async function dropSubscribers(client: pg.ClientBase, dedupeKeys: string[], now: Date): Promise<void> {
  await client.query(
    `UPDATE notifications SET state = 'folded', answer = 'A newer update took its place.', finished_at = $2
     WHERE dedupe_key = ANY($1) AND channel->>'of' = 'subscriber' AND state = 'queued' AND owner IS NULL`,
    [dedupeKeys, now],
  );
}

/** The messages of an incident are those of another from now on, in the transaction that merges them. */
export async function moveNotifications(
  client: pg.ClientBase,
  { from, into }: { from: number; into: number },
): Promise<void> {
  await client.query('UPDATE notifications SET incident_id = $2 WHERE incident_id = $1', [from, into]);
}

/** What waits since before $2 over a channel that has failed, itself or the message it waits for. */
const FAILING = `
SELECT n.id, n.dedupe_key AS "dedupeKey", n.thread, n.incident_id AS "incidentId", n.contact_id AS "contactId", n.channel,
  n.fallbacks, n.message, n.drill
FROM notifications n
WHERE n.state = 'queued' AND n.fallbacks <> '[]' AND n.channel->>'kind' = $1 AND n.created_at <= $2
  AND (n.attempts > 0 OR EXISTS (
    SELECT 1 FROM notifications b
    WHERE b.thread = n.thread AND b.channel = n.channel AND b.state = 'queued' AND b.attempts > 0 AND b.id < n.id))
ORDER BY n.id
FOR UPDATE OF n SKIP LOCKED`;

/**
 * A contact whose channel has failed for two minutes is told over the next one too, while the first is tried on.
 * @returns how many messages got another channel
 */
export async function tryNextChannels(pool: pg.Pool, kind: Channel['kind'], now: Date): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Parameters<typeof queueNextChannel>[1]>(FAILING, [
      kind,
      new Date(now.getTime() - FALLBACK_AFTER_MS),
    ]);
    for (const row of rows) await queueNextChannel(client, row, now);
    return rows.length;
  });
}

type Failing = Omit<QueuedMessage, 'insteadOf'> & { id: number };

/** Queues a message for the next channel of its contact too; what is left of the fallbacks goes with it. */
export async function queueNextChannel(client: pg.ClientBase, failing: Failing, now: Date): Promise<void> {
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
  const fallback: QueuedMessage = {
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
