import { isChat } from './channel.ts';
import type { Channel, MessageKind } from './message.ts';

/** A queued message of one thread and one channel. */
export interface Waiting {
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
/** One message lists no more updates than this. */
export const MOST_CARRIED = 15;

/**
 * Which message of a thread goes out over a channel now, and which updates it carries. Order is kept: while the oldest
 * waits for its retry, the others wait too. Only chats fold: they have no threads for webhooks, where e-mail has, and for
 * PagerDuty and webhooks each message is a change of state.
 * @param waiting oldest first
 * @param lastSentAt when this thread last had a message over this channel
 */
export function planSend(
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
