import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { isAlive } from '../processes/liveness.ts';
import { channelKey, isChat, isOfSubscribers } from './channel.ts';
import type { Channel, Message, MessageKind } from './message.ts';

/** One message lists no more updates than this. */
const MOST_CARRIED = 15;

/** A message that this process has claimed and is to send, with the updates it carries. */
export interface ClaimedNotification {
  id: number;
  dedupeKey: string;
  thread: string;
  incidentId: number | null;
  contactId: number | null;
  channel: Channel;
  fallbacks: Channel[];
  message: Message;
  drill: 'marked' | 'simulated' | null;
  attempts: number;
  createdAt: Date;
  insteadOf: string | null;
  threadTitle: string;
  carries: { id: number; message: Message }[];
}

interface Row extends Omit<ClaimedNotification, 'carries'> {
  kind: Message['kind'];
  dueAt: Date;
  busy: boolean;
  threadSentAt: Date | null;
  channelSentAt: Date | null;
}

/** Messages sent at a time: a mail server is one machine, the others answer quickly. */
const AT_ONCE: Record<Channel['kind'], number> = {
  slack: 10,
  email: 5,
  pagerduty: 10,
  webhook: 10,
  teams: 10,
  discord: 10,
  telegram: 10,
  ntfy: 10,
  template: 10,
  push: 10,
  statuspage: 1,
  subscriber_mail: 5,
  subscriber_webhook: 10,
};
/** Slack takes about one message a second for each webhook, and the other chats no more. */
const CHAT_PAUSE_MS = 1000;

/**
 * The oldest queued of each thread and channel. `busy` is one whose claim holds: its process's heartbeat is fresh, by the
 * rule of the leases. Rows that this process itself still has are left over from a result that could not be recorded.
 */
const QUEUED = `
WITH queued AS (
  SELECT n.*, row_number() OVER (PARTITION BY n.thread, n.channel ORDER BY n.id) AS place
  FROM notifications n
  WHERE n.state = 'queued' AND n.channel->>'kind' = $1
)
SELECT q.id, q.dedupe_key AS "dedupeKey", q.thread, q.incident_id AS "incidentId", q.contact_id AS "contactId", q.channel,
  q.fallbacks, q.message, q.kind, q.drill, q.attempts, q.due_at AS "dueAt", q.created_at AS "createdAt",
  q.instead_of AS "insteadOf",
  (SELECT f.message->>'title' FROM notifications f WHERE f.thread = q.thread ORDER BY f.created_at, f.id LIMIT 1) AS "threadTitle",
  (q.owner IS NOT NULL AND q.owner <> $2 AND ${isAlive('q.owner')}) AS busy,
  (SELECT max(s.finished_at) FROM notifications s
   WHERE s.thread = q.thread AND s.channel = q.channel AND s.state = 'accepted') AS "threadSentAt",
  (SELECT max(l.at) FROM notification_log l
   WHERE l.state = 'sent' AND l.channel = concat_ws('/', q.channel->>'kind', q.channel->>'contactId', q.channel->>'channelId')
  ) AS "channelSentAt"
FROM queued q
WHERE q.place <= ${MOST_CARRIED + 1}
ORDER BY q.id`;

/**
 * Claims what is due of one kind of channel and writes "sent" into its log, because from here on it may leave. One
 * claimer at a time, so that rate and order hold over several processes.
 */
export async function claimNotifications(
  pool: pg.Pool,
  { kind, owner, now }: { kind: Channel['kind']; owner: string; now: Date },
): Promise<ClaimedNotification[]> {
  return inTransaction(pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('notifications.claim'))");
    const { rows } = await client.query<Row>(QUEUED, [kind, owner]);
    const claimed = choose(kind, rows, now);
    if (claimed.length === 0) return [];
    const ids = claimed.flatMap(({ id, carries }) => [id, ...carries.map((carried) => carried.id)]);
    await client.query('UPDATE notifications SET owner = $1, claimed_at = $2 WHERE id = ANY($3::bigint[])', [
      owner,
      now,
      ids,
    ]);
    await client.query(
      `INSERT INTO notification_log (notification_id, at, state, channel)
       SELECT id, $1, 'sent', key FROM unnest($2::bigint[], $3::text[]) AS list (id, key)`,
      [now, claimed.map(({ id }) => id), claimed.map(({ channel }) => channelKey(channel))],
    );
    return claimed;
  });
}

function choose(kind: Channel['kind'], rows: Row[], now: Date): ClaimedNotification[] {
  const threads = Map.groupBy(rows, ({ thread, channel }) => `${thread} ${channelKey(channel)}`);
  const used = new Set<string>();
  const chosen: ClaimedNotification[] = [];
  // Whoever has been tried in vain holds up no other subscriber.
  const inTurn = [...threads.values()];
  if (isOfSubscribers(kind)) inTurn.sort(([a], [b]) => Number(a!.attempts > 0) - Number(b!.attempts > 0));
  for (const waiting of inTurn) {
    const [{ channel, threadSentAt, channelSentAt }] = waiting as [Row];
    const key = channelKey(channel);
    const tooSoon =
      isChat(kind) &&
      (used.has(key) || (channelSentAt !== null && now.getTime() - channelSentAt.getTime() < CHAT_PAUSE_MS));
    if (tooSoon || waiting.some(({ busy }) => busy)) continue;
    const plan = planSend(kind, waiting, { lastSentAt: threadSentAt, now });
    if (!plan) continue;
    const byId = new Map(waiting.map((row) => [row.id, row]));
    const { kind: _kind, dueAt: _dueAt, busy: _busy, ...row } = byId.get(plan.send)!;
    chosen.push({ ...row, carries: plan.carries.map((id) => ({ id, message: byId.get(id)!.message })) });
    used.add(key);
    if (chosen.length === AT_ONCE[kind]) break;
  }
  return chosen;
}

/** A queued message of one thread and one channel. */
interface Waiting {
  id: number;
  kind: MessageKind;
  dueAt: Date;
  attempts: number;
}

/** Updates that may travel with a later message; what people must act on always has one of its own. */
const FOLDABLE: ReadonlySet<MessageKind> = new Set<MessageKind>([
  'acknowledged',
  'recovered',
  'reopened',
  'warning',
  'warning_cleared',
  'fallback_on',
  'fallback_off',
]);
/** Updates wait this long after the thread's last message, so that several become one. */
const FOLD_MS = 30_000;

/**
 * Which message of a thread goes out over a channel now, and which updates it carries. Order is kept: while the oldest
 * waits for its retry, the others wait too. Only chats fold: they have no threads for webhooks, where e-mail has, and for
 * PagerDuty and webhooks each message is a change of state.
 * @param waiting oldest first
 * @param lastSentAt when this thread last had a message over this channel
 */
function planSend(
  channel: Channel['kind'],
  waiting: Waiting[],
  { lastSentAt, now }: { lastSentAt: Date | null; now: Date },
): { send: number; carries: number[] } | null {
  const isDue = ({ dueAt }: Waiting) => dueAt <= now;
  const [head] = waiting;
  if (!head || !isDue(head)) return null;
  if (!isChat(channel) || !FOLDABLE.has(head.kind)) return { send: head.id, carries: [] };
  const firstOwn = waiting.findIndex(({ kind }) => !FOLDABLE.has(kind));
  const updates = (firstOwn < 0 ? waiting : waiting.slice(0, firstOwn)).slice(0, MOST_CARRIED);
  const full = updates.length === MOST_CARRIED;
  const own = full || firstOwn < 0 ? undefined : waiting[firstOwn];
  const group = own ? [...updates, own] : updates;
  if (group.some((message) => message.attempts > 0 && !isDue(message))) return null;
  const ids = group.filter(isDue).map(({ id }) => id);
  const waits = !full && !own && lastSentAt !== null && now.getTime() - lastSentAt.getTime() < FOLD_MS;
  return waits ? null : { send: ids.at(-1)!, carries: ids.slice(0, -1) };
}
