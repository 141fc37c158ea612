import { isRetryable, type AttemptOutcome } from '../../lib/http/attempt-outcome.ts';

export interface BreakerSettings {
  enabled: boolean;
  /** Opens after this many retryable failures in a row … */
  failuresInRow: number;
  /** … or when this share … */
  failureRatio: number;
  /** … of at least this many attempts … */
  minAttempts: number;
  /** … in this many seconds failed. */
  windowSeconds: number;
  /** Time to the first probe, and at least between two, ms. It grows with the outage … */
  cooldownMs: number;
  /** … up to this. */
  cooldownMaxMs: number;
}

export interface BreakerState {
  state: 'closed' | 'open' | 'half_open';
  consecutiveFailures: number;
  /** When it last opened. */
  openedAt: Date | null;
  cooldownMs: number;
  nextProbeAt: Date | null;
}

export interface BreakerResult {
  outcome: AttemptOutcome;
  probe: boolean;
  retryAfterMs: number | null;
}

export type BreakerChange = 'opened' | 'closed' | 'probe_failed';

/** Attempts of the window before the results at hand. */
export interface BreakerWindow {
  ok: number;
  failed: number;
}

export interface BreakerDecision {
  next: BreakerState;
  change: BreakerChange | null;
  /** For each result: whether it burned its delivery's budget, which only a closed breaker's attempts do. */
  burned: boolean[];
  /** Why it opened, in words. */
  reason: string | null;
}

/**
 * The wait between two probes as a share of the outage so far: what waited for an outage of 20 s waits at most 5 s
 * longer, and one of an hour is probed once a `cooldownMaxMs`. Doubling made the same 20 s wait up to 20 s more.
 */
const WAIT_PER_OUTAGE = 1 / 4;

/**
 * Feeds results into the breaker, in the order in which they ended. Only a probe closes it: a late success of a
 * request that was sent before it opened does not.
 * @param retryAfterMaxMs the longest `Retry-After` that delays a probe, ms
 */
export function decideBreaker(
  before: BreakerState,
  results: readonly BreakerResult[],
  window: BreakerWindow,
  settings: BreakerSettings,
  now: Date,
  retryAfterMaxMs: number,
): BreakerDecision {
  const burned: boolean[] = [];
  let current = before;
  let change: BreakerChange | null = null;
  let reason: string | null = null;
  let { ok, failed } = window;
  const openFor = (cooldownMs: number, retryAfterMs: number | null): BreakerState => ({
    ...current,
    state: 'open',
    cooldownMs,
    nextProbeAt: new Date(now.getTime() + Math.max(cooldownMs, Math.min(retryAfterMs ?? 0, retryAfterMaxMs))),
  });

  for (const result of results) {
    const failure = isRetryable(result.outcome);
    burned.push(!settings.enabled || (current.state === 'closed' && !result.probe));
    if (failure) failed += 1;
    else ok += 1;
    if (!settings.enabled) continue;
    current = { ...current, consecutiveFailures: failure ? current.consecutiveFailures + 1 : 0 };
    if (result.probe && current.state !== 'closed') {
      if (failure) {
        const outageMs = current.openedAt ? now.getTime() - current.openedAt.getTime() : 0;
        const cooldownMs = Math.max(settings.cooldownMs, Math.round(outageMs * WAIT_PER_OUTAGE));
        current = openFor(Math.min(cooldownMs, settings.cooldownMaxMs), result.retryAfterMs);
        change = 'probe_failed';
      } else {
        current = { ...current, state: 'closed', consecutiveFailures: 0, cooldownMs: 0, nextProbeAt: null };
        change = 'closed';
      }
    } else if (failure && current.state === 'closed') {
      reason = reasonToOpen(current.consecutiveFailures, ok, failed, settings);
      if (reason) {
        current = { ...openFor(settings.cooldownMs, result.retryAfterMs), openedAt: now };
        change = 'opened';
      }
    }
  }
  return { next: current, change, burned, reason: change === 'opened' ? reason : null };
}

function reasonToOpen(inRow: number, ok: number, failed: number, settings: BreakerSettings): string | null {
  if (inRow >= settings.failuresInRow) return `${inRow} attempts in a row failed`;
  const total = ok + failed;
  if (total >= settings.minAttempts && failed / total >= settings.failureRatio) {
    return `${failed} of ${total} attempts within ${settings.windowSeconds} s failed`;
  }
  return null;
}
