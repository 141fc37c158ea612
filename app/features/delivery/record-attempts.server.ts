import type pg from 'pg';
import { isRetryable } from '../../lib/http/attempt-outcome.ts';
import type { Config } from '../../lib/settings/config.ts';
import { readBreakerForUpdate, readBreakerWindow, writeBreaker } from './breaker-row.server.ts';
import { type BreakerDecision, type BreakerResult, type BreakerSettings, decideBreaker } from './breaker.ts';
import type { AttemptResult, ClaimedDelivery } from './claimed-delivery.ts';
import { type CompletedAttempt, completeDeliveries } from './complete-deliveries.server.ts';
import { decideAfterAttempt, type RetrySettings } from './decide-after-attempt.ts';
import { retakeLeases } from './leases.server.ts';

export interface FinishedDelivery {
  delivery: ClaimedDelivery;
  result: AttemptResult;
}

export interface RecordedAttempts {
  completed: CompletedAttempt[];
  /** What happened to the breaker, if anything. */
  change: BreakerDecision['change'];
}

export interface RecordingContext {
  owner: string;
  config: Config;
  agentEndpoint: string;
  now: Date;
  /** 0 ≤ random() < 1 */
  random: () => number;
}

/**
 * Decides what becomes of each finished attempt and records it, also of those whose lease was swept while they were out, as
 * long as nobody else has taken them.
 * @returns what was recorded; attempts that another worker has taken over are left out
 */
export async function recordAttempts(
  pool: pg.Pool,
  finished: readonly FinishedDelivery[],
  context: RecordingContext,
): Promise<RecordedAttempts> {
  const first = await recordLeased(pool, finished, context);
  if (first.completed.length === finished.length) return first;
  const recorded = new Set(first.completed.map(({ delivery }) => delivery.seq));
  const swept = finished.filter(({ delivery }) => !recorded.has(delivery.seq));
  const retaken = await retakeLeases(
    pool,
    context.owner,
    swept.map(({ delivery }) => delivery),
  );
  if (retaken.size === 0) return first;
  const rest = swept.filter(({ delivery }) => retaken.has(delivery.seq));
  const second = await recordLeased(pool, rest, context);
  return { completed: [...first.completed, ...second.completed], change: second.change ?? first.change };
}

/**
 * A batch in which everything got an answer is one statement; a failure or a probe locks the breaker first, so that workers
 * count failures one after the other.
 */
async function recordLeased(
  pool: pg.Pool,
  finished: readonly FinishedDelivery[],
  context: RecordingContext,
): Promise<RecordedAttempts> {
  const { config, now, random } = context;
  const keys = config.DATA_ENCRYPTION_KEYS;
  const decide = ({ delivery, result }: FinishedDelivery, burnsBudget: boolean): CompletedAttempt => ({
    delivery,
    result,
    after: decideAfterAttempt(
      {
        outcome: result.outcome,
        retryAfterMs: result.retryAfterMs,
        attempts: delivery.attempts,
        burnsBudget,
      },
      retrySettings(config),
      now,
      random(),
    ),
  });
  const healthy = finished.every(({ delivery, result }) => !delivery.probe && !isRetryable(result.outcome));
  if (healthy || !config.BREAKER_ENABLED) {
    const completed = finished.map((attempt) => decide(attempt, true));
    const recorded = await completeDeliveries(pool, completed, { ...context, keys, healthy });
    return { completed: completed.filter(({ delivery }) => recorded.has(delivery.seq)), change: null };
  }
  return recordThroughBreaker(pool, finished, context, decide);
}

async function recordThroughBreaker(
  pool: pg.Pool,
  finished: readonly FinishedDelivery[],
  context: RecordingContext,
  decide: (attempt: FinishedDelivery, burnsBudget: boolean) => CompletedAttempt,
): Promise<RecordedAttempts> {
  const { config, now } = context;
  const settings = breakerSettings(config);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const before = await readBreakerForUpdate(client);
    const window = await readBreakerWindow(client, settings.windowSeconds, now);
    const results = finished.map(({ delivery, result }): BreakerResult => ({
      ...result,
      probe: delivery.probe,
    }));
    const decision = decideBreaker(before, results, window, settings, now, config.WEBHOOK_RETRY_AFTER_MAX_MS);
    const completed = finished.map((attempt, index) => decide(attempt, decision.burned[index] ?? true));
    const recorded = await completeDeliveries(client, completed, {
      ...context,
      keys: config.DATA_ENCRYPTION_KEYS,
      healthy: false,
    });
    const last = finished.findLast(({ result }) => isRetryable(result.outcome));
    await writeBreaker(client, before, decision, last?.result ?? null, now);
    await client.query('COMMIT');
    client.release();
    return {
      completed: completed.filter(({ delivery }) => recorded.has(delivery.seq)),
      change: decision.change,
    };
  } catch (error) {
    client.release(true);
    throw error;
  }
}

function retrySettings(config: Config): RetrySettings {
  return {
    maxAttempts: config.CHATWOOT_WEBHOOK_MAX_ATTEMPTS,
    baseDelayMs: config.CHATWOOT_WEBHOOK_BASE_DELAY_MS,
    factor: config.CHATWOOT_WEBHOOK_BACKOFF_FACTOR,
    retryAfterMaxMs: config.WEBHOOK_RETRY_AFTER_MAX_MS,
  };
}

function breakerSettings(config: Config): BreakerSettings {
  return {
    enabled: config.BREAKER_ENABLED,
    failuresInRow: config.BREAKER_FAILURES_IN_ROW,
    failureRatio: config.BREAKER_FAILURE_RATIO,
    minAttempts: config.BREAKER_MIN_ATTEMPTS,
    windowSeconds: config.BREAKER_WINDOW_SECONDS,
    cooldownMs: config.BREAKER_COOLDOWN_MS,
    cooldownMaxMs: config.BREAKER_COOLDOWN_MAX_MS,
  };
}
