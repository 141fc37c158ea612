import { isRetryable, type AttemptOutcome } from '../../lib/http/attempt-outcome.ts';

export interface RetrySettings {
  /** Attempts that a run may burn before it is dead-lettered. */
  maxAttempts: number;
  /** Delay before the second attempt, ms. */
  baseDelayMs: number;
  /** Each further delay is this many times the one before. */
  factor: number;
  /** The longest `Retry-After` that is honoured, ms. */
  retryAfterMaxMs: number;
}

export interface FinishedAttempt {
  outcome: AttemptOutcome;
  retryAfterMs: number | null;
  /** Attempts this run had burned before this one. */
  attempts: number;
  /** false while the breaker is not closed: then a failure says nothing about this event. */
  burnsBudget: boolean;
}

export type AfterAttempt =
  | { state: 'delivered'; attempts: number }
  | { state: 'pending'; attempts: number; dueAt: Date }
  | { state: 'dead'; attempts: number };

/**
 * What becomes of a delivery after an attempt: delivered, tried again at a time, or dead-lettered.
 * @param jitter 0 ≤ jitter < 1, spreads the delay by ±20 %
 */
export function decideAfterAttempt(
  { outcome, retryAfterMs, attempts: before, burnsBudget }: FinishedAttempt,
  settings: RetrySettings,
  now: Date,
  jitter: number,
): AfterAttempt {
  if (outcome === 'ok') return { state: 'delivered', attempts: before + 1 };
  if (!isRetryable(outcome)) return { state: 'dead', attempts: before + 1 };
  const attempts = burnsBudget ? before + 1 : before;
  if (attempts >= settings.maxAttempts) return { state: 'dead', attempts };
  const backoff = settings.baseDelayMs * settings.factor ** Math.max(0, attempts - 1) * (0.8 + 0.4 * jitter);
  const asked = Math.min(retryAfterMs ?? 0, settings.retryAfterMaxMs);
  return { state: 'pending', attempts, dueAt: new Date(now.getTime() + Math.max(backoff, asked)) };
}
