import type { Severity } from '../../lib/severity.ts';
import type { CanaryEvidence } from '../canary/canary-view.ts';
import type { IncidentStatus } from '../incidents/incident-view.ts';
import type { Lull } from '../incidents/outage-clock.ts';
import type { GateItem, GateMark } from './gate-item.ts';

/** More than this share of deliveries must succeed. */
export const SUCCESS_RATIO = 0.95;

export interface RecoveryInput {
  incident: {
    startedAt: Date;
    /** What its alerts that have not cleared said when they fired. */
    stillFiring: readonly string[];
    /** When the last of its alerts that is not about health checks cleared; null when it had none. */
    deliveryClearedAt: Date | null;
  };
  /** All checks green for at least this long, ms; in a drill divided by its speed. */
  greenMs: number;
  /** The webhooks are watched for this long after a replay, ms; in a drill divided by its speed. */
  watchMs: number;
  /** Newest first. */
  checks: readonly Check[];
  /** Longest time between two checks that still counts as measured, ms. */
  maxGapMs: number;
  /** Dead letters that came since the outage began, newest first; the newest 100 are enough. */
  deadLettersAt: readonly Date[];
  /** Deliveries that ended since the recovery, of the last hour at most. */
  runs: { delivered: number; dead: number };
  canary: CanaryEvidence | null;
  backlog: {
    /** Events from before the recovery that are not delivered yet. */
    undelivered: number;
    /** Messages that were fetched since the outage began and wait for somebody's decision. */
    withheld: number;
    /** Dead letters of the outage that nobody has replayed or discarded. */
    dead: number;
    /** Customers who have waited since before the recovery; null: not known. */
    waiting: number | null;
    /** Customers who wait longer than the target allows; null: not known. */
    breached: number | null;
  };
  /** How the SLA was kept for who began to wait during the outage; null: not known. */
  sla: { inTime: number; breached: number; open: number } | null;
  replays: { running: number; finishedAt: Date | null };
  marks: readonly GateMark[];
}

export interface RecoveryItem extends GateItem {
  /** Minutes of a clock that runs; null where there is none. */
  progress: { done: number; of: number } | null;
}

export interface RecoveryVerdict {
  passed: boolean;
  /** Since when everything has been green; null while it is not. */
  since: Date | null;
  items: RecoveryItem[];
}

/** Of an item that the app judges by itself. */
export const byApp = { by: 'Outage Center', how: 'app' as const, durationMs: null, progress: null };

/** An item that is about the time since the recovery, before there is one. */
export const notYet = (item: Omit<RecoveryItem, 'done' | 'at' | 'evidence'>): RecoveryItem => ({
  ...item,
  done: false,
  at: null,
  evidence: 'Counts from the recovery, which has not begun.',
});

/** What the recovery gate needs to know of an incident. */
export interface GatedIncident {
  id: number;
  title: string;
  cause: string;
  severity: Severity;
  status: IncidentStatus;
  startedAt: Date;
  openedAt: Date;
  recoveredAt: Date | null;
  lulls: Lull[];
  resolvedAt: Date | null;
  /** Why it was resolved before its recovery was proved. */
  overrideReason: string | null;
  /** What its alerts that have not cleared said when they fired. */
  stillFiring: string[];
  deliveryClearedAt: Date | null;
  speed: number;
}

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
