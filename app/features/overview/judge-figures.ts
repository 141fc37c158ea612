import type {
  AttemptCounts,
  BucketCounts,
  DeadLetterFigures,
  OverviewFigures,
  RecentAttempts,
  Rejected,
} from './figures.ts';
import type { OverviewVerdict, Tone } from './overview-view.ts';

/**
 * Attempts of the last minutes that came to a result.
 * @param hour minute buckets, oldest first
 * @param minutes how many of them, the current and unfinished one included
 */
export function attemptsOf(hour: readonly BucketCounts[], minutes: number): AttemptCounts {
  const last = minutes > 0 ? hour.slice(-minutes) : [];
  return { ok: sum(last, 'ok'), failed: sum(last, 'retried') + sum(last, 'failed') };
}

/**
 * Attempts of the last minutes that say how the Agent service does now: after an outage only those of the minutes
 * that began after the breaker closed, so that the outage itself is not held against the service that answers again.
 */
export function attemptsSinceRecovery(
  { hour, breaker: { closedAt } }: Pick<OverviewFigures, 'hour' | 'breaker'>,
  minutes: number,
): AttemptCounts {
  const since = hour.slice(-minutes).filter((bucket) => closedAt === null || bucket.at >= closedAt);
  return attemptsOf(since, since.length);
}

export type CountName =
  | 'accepted'
  | 'duplicates'
  | 'fetched'
  | 'late'
  | 'outOfOrder'
  | 'ok'
  | 'retried'
  | 'failed'
  | 'delivered'
  | 'dead';

export function sum(buckets: readonly BucketCounts[], name: CountName): number {
  return buckets.reduce((total, bucket) => total + bucket[name], 0);
}

/**
 * Delivery success: attempts answered with 2xx ÷ all attempts that came to a result. Attempts and not runs,
 * because a run that is being retried or held has no result yet: during an outage runs would show nothing
 * wrong. An attempt interrupted by the end of its worker says nothing about the Agent service and is left out.
 * @returns 0 to 1; null without attempts, which is unknown and not good
 */
export function successRatio({ ok, failed }: AttemptCounts): number | null {
  return ok + failed === 0 ? null : ok / (ok + failed);
}

/** Runbook section 6: the target of delivery success, and the share below which it is P1. */
const SUCCESS_TARGET = 0.98;
export const SUCCESS_CRITICAL = 0.8;
/** With fewer attempts than this a bad share is a warning, never critical: one failure of two is no outage. */
const ATTEMPTS_TO_JUDGE = 10;

/** How delivery success over 10 minutes is to be taken. */
export function judgeSuccess(counts: AttemptCounts): 'good' | 'warning' | 'critical' | 'unknown' {
  const ratio = successRatio(counts);
  if (ratio === null) return 'unknown';
  if (ratio >= SUCCESS_TARGET) return 'good';
  return ratio < SUCCESS_CRITICAL && counts.ok + counts.failed >= ATTEMPTS_TO_JUDGE ? 'critical' : 'warning';
}

/**
 * Why nothing is sent to the Agent service now: what was sent before says nothing of what waits. null: it is sent.
 */
export function whyNothingGoesOut({
  paused,
  workers,
  breaker,
}: OverviewFigures): 'fallback' | 'no_worker' | 'agent_down' | null {
  if (paused) return 'fallback';
  if (workers === 0) return 'no_worker';
  return breaker.state === 'closed' ? null : 'agent_down';
}

/** Runbook section 6: more than this many dead letters in an hour call for attention … */
const DEAD_LETTERS_WARNING = 5;
/** … and more than this many are P2. */
const DEAD_LETTERS_CRITICAL = 10;
/** After an hour without a webhook nothing shows any more that the way here is open. */
export const QUIET_MS = 3_600_000;

/** What was refused in the last minutes, by reason, most frequent first. */
export function rejectedIn(hour: readonly BucketCounts[], minutes: number): Rejected[] {
  const counts = new Map<string, number>();
  for (const { rejected } of hour.slice(-minutes))
    for (const [reason, n] of Object.entries(rejected)) counts.set(reason, (counts.get(reason) ?? 0) + n);
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason));
}

/** Runbook section 6: over 10 new ones within an hour is P2, over 5 is watched; an open one is never good. */
export function deadLetterTone({ open, lastHour }: DeadLetterFigures): Tone {
  if (lastHour > DEAD_LETTERS_CRITICAL) return 'critical';
  return lastHour > DEAD_LETTERS_WARNING || open > 0 ? 'warning' : 'good';
}

/** Chatwoot is connected, and no webhook has come since: nothing shows that one would. */
export const isUnproved = ({ agentHealthUrl, outage: { arrival } }: OverviewFigures): boolean =>
  agentHealthUrl !== null && arrival !== null && arrival.provedAt === null;

/** One thing that may be so; null when it is not. */
export type VerdictRule = (figures: OverviewFigures, now: Date) => OverviewVerdict | null;

export const isoOrNull = (at: Date | null) => at?.toISOString() ?? null;

export interface RecentRow {
  recent_ok: number;
  recent_failed: number;
  ok_since_failure: number;
  seconds_since_failure: number | null;
}

/**
 * What the attempts since the breaker closed say, by seconds: minutes would mix what failed before a repair with what
 * succeeded after it. $2: now.
 */
export const RECENT = `
  WITH second AS (
    SELECT bucket, label <> 'ok' AS failed, n FROM fact_rollups
    WHERE resolution = 'second' AND metric = 'breaker'
      AND bucket > $2::timestamptz - interval '10 minutes' AND bucket <= $2
      AND bucket >= COALESCE((SELECT closed_at FROM breakers WHERE name = 'agent'), '-infinity')
  ), last AS (SELECT max(bucket) AS at FROM second WHERE failed)
  SELECT
    COALESCE(sum(n) FILTER (WHERE NOT failed AND bucket > $2::timestamptz - interval '1 minute'), 0)::int AS recent_ok,
    COALESCE(sum(n) FILTER (WHERE failed AND bucket > $2::timestamptz - interval '1 minute'), 0)::int AS recent_failed,
    COALESCE(sum(n) FILTER (WHERE NOT failed AND bucket > COALESCE(last.at, '-infinity')), 0)::int AS ok_since_failure,
    EXTRACT(epoch FROM $2::timestamptz - min(last.at))::float AS seconds_since_failure
  FROM last LEFT JOIN second ON true`;

export function recentOf(row: RecentRow): RecentAttempts {
  return {
    ok: row.recent_ok,
    failed: row.recent_failed,
    okSinceFailure: row.ok_since_failure,
    secondsSinceFailure: row.seconds_since_failure,
  };
}

/** One success says little: among failures each second of a busy shop has some. */
const GOOD_IN_A_ROW = 3;
const GOOD_FOR_SECONDS = 10;
/** Fewer attempts than this say nothing about how the Agent service does. */
const ATTEMPTS_TO_TELL = 5;

/** Whether what is sent now is taken: several attempts, none failed among them, for some seconds. */
export function takesMessages({ okSinceFailure, secondsSinceFailure }: RecentAttempts): boolean {
  return (
    okSinceFailure >= GOOD_IN_A_ROW &&
    (secondsSinceFailure === null || secondsSinceFailure >= GOOD_FOR_SECONDS)
  );
}

/** Whether what is sent now fails, by the share below which runbook section 6 speaks of an outage. Neither: not known. */
export function failsNow(recent: RecentAttempts): boolean {
  const ratio = successRatio(recent);
  return (
    ratio !== null &&
    ratio < SUCCESS_CRITICAL &&
    recent.ok + recent.failed >= ATTEMPTS_TO_TELL &&
    !takesMessages(recent)
  );
}
