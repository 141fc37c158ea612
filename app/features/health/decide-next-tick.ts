import type { ComponentRecord } from './evaluate-health.ts';

export interface TickSettings {
  /** HEALTH_CHECK_INTERVAL, ms. */
  intervalMs: number;
  /** HEALTH_CONFIRM_INTERVAL, ms: after a failure, and until the component is surely back. */
  confirmMs: number;
  /** ALERT_RECOVERY_CHECKS: good checks in a row after which a component is surely back. */
  recoveryChecks: number;
  /** Of an open drill, 1 to 60; 1 without one. */
  speed: number;
}

/**
 * When the next tick is due, counted from the start of this one: soon while a component is not up, or has failed since it
 * was surely up, so that two failures in a row are known within a minute and the recovery as quickly.
 */
export function decideNextTick(
  components: readonly Pick<ComponentRecord, 'state' | 'successes'>[],
  { intervalMs, confirmMs, recoveryChecks, speed }: TickSettings,
  now: Date,
): Date {
  const isUnsure = components.some(({ state, successes }) => state !== 'up' || successes < recoveryChecks);
  const pause = isUnsure ? Math.min(confirmMs, intervalMs) : intervalMs;
  return new Date(now.getTime() + Math.ceil(pause / speed));
}
