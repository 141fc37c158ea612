import type { ConversationChange } from './project-event.ts';

/** What is on record of a conversation before a change is written. */
export interface KnownConversation {
  key: string;
  /** Unix second of its creation, as far as it is known. */
  second: number | null;
  status: string;
  inbox_id: number | string | null;
  sla_policy_id: number | string | null;
  snapshot_waiting_since: Date | null;
  /** What was worked out of it. */
  waiting_since: Date | null;
  /** How often its customer has begun to wait. */
  waits: number;
  /** Anybody has answered, a machine or with an answer that failed included. */
  replied: boolean;
}

const isSame = (one: number | string | null, other: number | string | null) =>
  one === other || String(one) === String(other);

/**
 * Whether a webhook only adds a further message of a customer who waits already: since Chatwoot's own time, for the first time, and
 * for the first answer. Then nothing that is worked out of messages and answers can change, and most webhooks are like that.
 * Whatever else stands in a change is worked out anew.
 *
 * Why nothing changes (`recompute-waits.server.ts`): without answers the wait neither ends nor is a second one looked for; the
 * opening message is there and a person's, or the wait would not begin with Chatwoot's time; the first message of a person counts
 * for the target only when it is later than that time, and one that is not earlier either cannot move it.
 */
export function saysMoreOfTheSame(known: KnownConversation | undefined, change: ConversationChange): boolean {
  const { snapshot, replies, customerMessages, waits, firstReplyAt, resolvedAt } = change;
  const since = known?.snapshot_waiting_since?.getTime();
  if (!known || since === undefined || known.waiting_since?.getTime() !== since) return false;
  if (known.waits !== 1 || known.replied || known.second === null) return false;
  return (
    snapshot.status === known.status &&
    snapshot.waitingSince?.getTime() === since &&
    snapshot.ticketMarker === null &&
    isSame(snapshot.inboxId, known.inbox_id) &&
    isSame(snapshot.slaPolicyId, known.sla_policy_id) &&
    Math.floor((snapshot.createdAt?.getTime() ?? Number.NaN) / 1000) === known.second &&
    replies.length === 0 &&
    firstReplyAt === null &&
    resolvedAt === null &&
    waits.every((began) => began.getTime() === since) &&
    customerMessages.every(({ machine, at }) => !machine && at.getTime() >= since)
  );
}
