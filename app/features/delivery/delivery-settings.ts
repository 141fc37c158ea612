import type { Config } from '../../lib/config.ts';
import type { BreakerSettings } from './breaker.ts';
import type { RetrySettings } from './decide-after-attempt.ts';

export function retrySettings(config: Config): RetrySettings {
  return {
    maxAttempts: config.CHATWOOT_WEBHOOK_MAX_ATTEMPTS,
    baseDelayMs: config.CHATWOOT_WEBHOOK_BASE_DELAY_MS,
    factor: config.CHATWOOT_WEBHOOK_BACKOFF_FACTOR,
    retryAfterMaxMs: config.WEBHOOK_RETRY_AFTER_MAX_MS,
  };
}

export function breakerSettings(config: Config): BreakerSettings {
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
