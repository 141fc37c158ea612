const HOUR_MS = 3_600_000;

/** Runbook section 1: the post-mortem is due within 24 hours of the recovery. */
export const DUE_AFTER_MS = 24 * HOUR_MS;
/** People are reminded this long after it. */
export const REMIND_AFTER_MS = 20 * HOUR_MS;

/** What the time says of a report that is not signed. */
export type Due = 'not_yet' | 'remind' | 'late';

/** @param recoveredAt when the outage was over: what the 24 hours count from */
export function judgeDue(recoveredAt: Date, now: Date): Due {
  const passed = now.getTime() - recoveredAt.getTime();
  if (passed >= DUE_AFTER_MS) return 'late';
  return passed >= REMIND_AFTER_MS ? 'remind' : 'not_yet';
}

export const dueAt = (recoveredAt: Date): Date => new Date(recoveredAt.getTime() + DUE_AFTER_MS);
