/** A health check: every probe of one tick together. */
export interface Check {
  at: Date;
  /** `inconclusive`: this app could not reach anything, so nothing is known. */
  outcome: 'green' | 'red' | 'inconclusive';
  /** Components that failed. */
  failed: readonly string[];
}

export interface GreenStreak {
  /** First green check of the streak; null when the newest check was not green, or there is none. */
  from: Date | null;
  /** Newest green check. */
  to: Date | null;
  /** Green checks in it. */
  checks: number;
  /** Measured green time, ms: from the first to the newest green check. */
  ms: number;
  /** Why it began no earlier. */
  brokenBy: { why: 'red'; at: Date; failed: readonly string[] } | { why: 'gap'; at: Date } | null;
}

/**
 * For how long every check has been green, counted in checks: the time between two green ones counts only if nothing red
 * and no gap lay between. Inconclusive checks count as neither, so they end a streak only by the gap they leave.
 * @param checks newest first
 * @param since none before it counts
 * @param maxGapMs between two green checks; more was not measured
 */
export function greenStreak(checks: readonly Check[], since: Date, maxGapMs: number): GreenStreak {
  const streak: GreenStreak = { from: null, to: null, checks: 0, ms: 0, brokenBy: null };
  for (const check of checks) {
    if (check.at < since) break;
    if (check.outcome === 'inconclusive') continue;
    if (check.outcome === 'red')
      return { ...streak, brokenBy: { why: 'red', at: check.at, failed: check.failed } };
    if (streak.from && streak.from.getTime() - check.at.getTime() > maxGapMs)
      return { ...streak, brokenBy: { why: 'gap', at: streak.from } };
    streak.to ??= check.at;
    streak.from = check.at;
    streak.checks += 1;
    streak.ms = streak.to.getTime() - streak.from.getTime();
  }
  return streak;
}
