import { OVERLAP_MS } from './decide-gap.ts';

/** One that failed is gone on with after this, ms. */
const RETRY_MS = 60_000;
/** A pause that was forgotten ends by itself after this, ms: what is not compared is not known to be complete. */
const LONGEST_PAUSE_MS = 60 * 60_000;

export type ComparisonState = 'running' | 'done' | 'failed' | 'paused' | 'cancelled';

export interface ReconciliationState {
  /** The moment of connecting, or the oldest webhook whose message is known: what is older is not ours to look for. */
  baseline: Date | null;
  /** Everything before it has been compared; null: nothing yet. */
  through: Date | null;
  last: { id: number; state: ComparisonState; startedAt: Date; finishedAt: Date | null } | null;
  /** The latest recovery of an outage. */
  recovered: { incidentId: number; at: Date } | null;
  /** A look at the newest missed messages up to then. */
  wanted: Date | null;
}

export type DueReconciliation =
  | { due: 'no' }
  | { due: 'resume'; id: number; from: 'failed' | 'paused' }
  | { due: 'new'; since: Date; until: Date; cause: 'clock' | 'recovery'; incidentId: number | null };

/**
 * Whether Chatwoot should be compared with the inbox now: after an outage, and every `intervalMs`. Messages of the last
 * `settleMs` are left to the next time: their webhooks may be on their way. Gaps of our own are decided by themselves.
 */
export function decideReconciliation(
  state: ReconciliationState,
  { now, intervalMs, settleMs }: { now: Date; intervalMs: number; settleMs: number },
): DueReconciliation {
  const { baseline, last, through, recovered, wanted } = state;
  if (!baseline || last?.state === 'running') return { due: 'no' };
  if (last?.state === 'failed' || last?.state === 'paused') {
    const waitMs = last.state === 'failed' ? Math.min(RETRY_MS, intervalMs) : LONGEST_PAUSE_MS;
    const again = (last.finishedAt ?? last.startedAt).getTime() + waitMs;
    return now.getTime() < again ? { due: 'no' } : { due: 'resume', id: last.id, from: last.state };
  }
  // Whoever gave it up does not want the same again at once.
  if (last?.state === 'cancelled' && now.getTime() - last.finishedAt!.getTime() < intervalMs)
    return { due: 'no' };
  const until = new Date(now.getTime() - settleMs);
  if (until <= baseline) return { due: 'no' };
  const span = { since: sinceOf({ baseline, through, wish: null }), until };
  const isCovered = (at: Date) => at > until || (through !== null && through >= at);
  if (recovered && !isCovered(recovered.at))
    return { due: 'new', ...span, cause: 'recovery', incidentId: recovered.incidentId };
  if (wanted && !isCovered(wanted)) return { due: 'new', ...span, cause: 'recovery', incidentId: null };
  if (last && now.getTime() - last.startedAt.getTime() < intervalMs) return { due: 'no' };
  return { due: 'new', ...span, cause: 'clock', incidentId: null };
}

/**
 * Where a comparison begins: never later than where the one before it ended, so that no time is left out, and never before
 * the first webhook.
 * @param input.wish what a person asked for; null: no more than is needed
 */
export function sinceOf(input: { baseline: Date; through: Date | null; wish: Date | null }): Date {
  const { baseline, through, wish } = input;
  const needed = through ? through.getTime() - OVERLAP_MS : baseline.getTime();
  return new Date(Math.max(baseline.getTime(), Math.min(needed, wish?.getTime() ?? needed)));
}
