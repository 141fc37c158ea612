import type { ConversationSnapshot } from './conversation-snapshot.ts';
import type { CustomerMessage } from './customer-message.ts';
import type { Projection } from './project-event.ts';
import type { PublicReply } from './public-reply.ts';

/** A reply, and the time of the snapshot that it was told with: the newest account of it counts. */
export type ToldReply = PublicReply & { toldAt: number };

/** What a batch of events says of one conversation. */
export interface ConversationChange {
  /** The newest of the batch. */
  snapshot: ConversationSnapshot;
  firstReplyAt: Date | null;
  /** Of the first snapshot in which it was resolved. */
  resolvedAt: Date | null;
  replies: ToldReply[];
  customerMessages: CustomerMessage[];
  /** Every beginning of a wait that a snapshot of the batch told of. */
  waits: Date[];
}

/** One change for each conversation of a batch. The order of the events makes no difference. */
export function foldProjections(
  projections: readonly Pick<Projection, 'snapshot' | 'replies' | 'customerMessages'>[],
): ConversationChange[] {
  const byKey = new Map<string, ConversationChange>();
  for (const { snapshot, customerMessages, replies } of projections) {
    const change: ConversationChange = byKey.get(snapshot.key) ?? {
      snapshot,
      firstReplyAt: null,
      resolvedAt: null,
      replies: [],
      customerMessages: [],
      waits: [],
    };
    if (snapshot.updatedAt >= change.snapshot.updatedAt) change.snapshot = snapshot;
    change.firstReplyAt = earlier(change.firstReplyAt, snapshot.firstReplyAt);
    if (snapshot.status === 'resolved')
      change.resolvedAt = earlier(change.resolvedAt, new Date(Math.round(snapshot.updatedAt * 1000)));
    change.replies.push(...replies.map((reply) => ({ ...reply, toldAt: snapshot.updatedAt })));
    change.customerMessages.push(...customerMessages);
    if (snapshot.waitingSince) change.waits.push(snapshot.waitingSince);
    byKey.set(snapshot.key, change);
  }
  return [...byKey.values()];
}

function earlier(one: Date | null, other: Date | null): Date | null {
  if (!one || !other) return one ?? other;
  return one < other ? one : other;
}
