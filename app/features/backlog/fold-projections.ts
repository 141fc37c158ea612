import type { ConversationSnapshot } from './conversation-snapshot.ts';
import type { Projection } from './project-event.ts';
import type { PublicReply } from './public-reply.ts';

/** What a batch of events says of one conversation. */
export interface ConversationChange {
  /** The newest of the batch. */
  snapshot: ConversationSnapshot;
  customerWroteAt: Date | null;
  firstReplyAt: Date | null;
  replies: PublicReply[];
  /** Every beginning of a wait that a snapshot of the batch told of. */
  waits: Date[];
}

/** One change for each conversation of a batch. The order of the events makes no difference. */
export function foldProjections(projections: readonly Projection[]): ConversationChange[] {
  const byKey = new Map<string, ConversationChange>();
  for (const { snapshot, customerWroteAt, replies } of projections) {
    const before = byKey.get(snapshot.key);
    const change: ConversationChange = before ?? {
      snapshot,
      customerWroteAt: null,
      firstReplyAt: null,
      replies: [],
      waits: [],
    };
    if (snapshot.updatedAt > change.snapshot.updatedAt) change.snapshot = snapshot;
    change.customerWroteAt = earliest(change.customerWroteAt, customerWroteAt);
    change.firstReplyAt = earliest(change.firstReplyAt, snapshot.firstReplyAt);
    change.replies.push(...replies);
    if (snapshot.waitingSince) change.waits.push(snapshot.waitingSince);
    byKey.set(snapshot.key, change);
  }
  return [...byKey.values()];
}

function earliest(one: Date | null, other: Date | null): Date | null {
  if (!one || !other) return one ?? other;
  return one < other ? one : other;
}
