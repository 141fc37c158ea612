/** Nothing is looked at while a message's webhook came within this time, ms. */
export const SILENCE_MS = 60_000;
/** How often it is looked while none comes, ms. */
const LOOK_EVERY_MS = 60_000;
/** A message that no webhook told of is asked for again after this, before anybody is told, ms. */
const ASK_AGAIN_MS = 15_000;
/** A look that failed is made again after this, ms. */
const RETRY_MS = 15_000;
/** REST shows whole seconds: what was written in the second in which we began to listen may have come before. */
const SECOND_MS = 1000;

/** What the decision to look rests on. */
export interface ArrivalState {
  dueAt: Date;
  /** Set by the connection, and moved on by what keeps webhooks away on purpose. Null: not connected yet. */
  expectSince: Date | null;
  /** When the last webhook of a message came, a late one too; null: none is on record. */
  lastWebhookAt: Date | null;
  /** Since when some process of ours has been listening without a break; null: none does. */
  listeningSince: Date | null;
  /** Acknowledged webhooks that are only on disk, or not read yet. */
  unread: boolean;
  /** Fallback mode keeps Chatwoot's webhooks to a minimum on purpose. */
  narrowed: boolean;
  /** When fallback mode widened them again last. */
  widenedAt: Date | null;
  /** Inside a practised outage. */
  drill: boolean;
  /** A look saw a message that no webhook told of, and has not been confirmed yet. */
  suspected: boolean;
  confirmed: boolean;
}

export type LookDecision =
  | { look: 'no'; why: 'not_connected' | 'on_purpose' | 'not_silent' | 'not_due' | 'unread' }
  /** Of what was written from then on a webhook should have come. */
  | { look: 'now'; since: Date };

/**
 * Whether the newest of Chatwoot should be looked at now: while no message's webhook has come for a minute, once a minute. A
 * suspicion is asked about again although a webhook has come meanwhile.
 */
export function decideLook(state: ArrivalState, now: Date): LookDecision {
  const { expectSince, lastWebhookAt, listeningSince, widenedAt } = state;
  if (!expectSince || !listeningSince) return { look: 'no', why: 'not_connected' };
  if (state.narrowed || state.drill) return { look: 'no', why: 'on_purpose' };
  if (now < state.dueAt) return { look: 'no', why: 'not_due' };
  const silent = !lastWebhookAt || now.getTime() - lastWebhookAt.getTime() >= SILENCE_MS;
  if (!silent && !state.suspected) return { look: 'no', why: 'not_silent' };
  if (state.unread) return { look: 'no', why: 'unread' };
  const listens = new Date(listeningSince.getTime() + SECOND_MS);
  const since = [listens, widenedAt].reduce<Date>((a, b) => (b && b > a ? b : a), expectSince);
  return { look: 'now', since };
}

/** What a look found of the messages of its time. */
export interface LookFindings<T extends { createdAt: Date }> {
  /** Of these no webhook told, nor of anything since: the way may be closed. */
  untold: readonly T[];
  /** Younger than RECONCILE_SETTLE: their webhooks may be on their way. */
  settling: readonly T[];
  /** Webhooks of others came after these were written: they were lost, and the way is open. */
  lost: readonly T[];
}

/**
 * What messages without a webhook say.
 * @param options.settledBefore what was written later may still be on its way
 */
export function sortUntold<T extends { createdAt: Date }>(
  messages: readonly T[],
  { lastWebhookAt, settledBefore }: { lastWebhookAt: Date | null; settledBefore: Date },
): LookFindings<T> {
  const settled = messages.filter(({ createdAt }) => createdAt <= settledBefore);
  // Both are known to the second only.
  const isLost = ({ createdAt }: T) =>
    lastWebhookAt !== null && lastWebhookAt.getTime() > createdAt.getTime() + 2 * SECOND_MS;
  return {
    untold: settled.filter((message) => !isLost(message)),
    settling: messages.filter(({ createdAt }) => createdAt > settledBefore),
    lost: settled.filter(isLost),
  };
}

/**
 * When to look next: 15 s after a first suspicion, else as soon as what is on its way should have come, else in a minute.
 */
export function nextLook(
  { untold, settling }: Pick<LookFindings<{ createdAt: Date }>, 'untold' | 'settling'>,
  { confirmed, settleMs, now }: { confirmed: boolean; settleMs: number; now: Date },
): Date {
  const usual = now.getTime() + (untold.length > 0 && !confirmed ? ASK_AGAIN_MS : LOOK_EVERY_MS);
  const settled = settling.map(({ createdAt }) => createdAt.getTime() + settleMs + SECOND_MS);
  return new Date(Math.max(now.getTime() + SECOND_MS, Math.min(usual, ...settled)));
}

/** After a look that failed. @param retryAfterMs as Chatwoot asks (429) */
export const lookAgainAt = (now: Date, retryAfterMs: number | null): Date =>
  new Date(now.getTime() + Math.max(RETRY_MS, Math.min(retryAfterMs ?? 0, 5 * LOOK_EVERY_MS)));
