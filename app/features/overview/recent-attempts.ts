import type { RecentAttempts } from './figures.ts';
import { SUCCESS_CRITICAL, successRatio } from './judge-figures.ts';

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
