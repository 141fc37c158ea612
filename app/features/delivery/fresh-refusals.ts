/** Attempts that would fail the same way again (3xx, 4xx), and what was taken after the last of them. */
export interface FreshRefusals {
  /** Within 10 minutes. */
  refused: number;
  /** Taken since the last refusal. */
  okSince: number;
  /** null: none within 10 minutes. */
  secondsSince: number | null;
}

export interface FreshRefusalsRow {
  refused_lately: number;
  ok_since_refusal: number;
  seconds_since_refusal: number | null;
}

/**
 * One row, by seconds. A closed breaker does not begin anew here: it counts a refusal as an answer.
 * @param now placeholder of the moment to judge
 */
export const freshRefusalsSql = (now: '$1' | '$2'): string => `
  WITH second AS (
    SELECT bucket, label, n FROM fact_rollups
    WHERE resolution = 'second' AND metric = 'breaker' AND label IN ('ok', 'permanent')
      AND bucket > ${now}::timestamptz - interval '10 minutes' AND bucket <= ${now}
  ), last AS (SELECT max(bucket) AS at FROM second WHERE label = 'permanent')
  SELECT COALESCE(sum(n) FILTER (WHERE label = 'permanent'), 0)::int AS refused_lately,
    COALESCE(sum(n) FILTER (WHERE label = 'ok' AND bucket > last.at), 0)::int AS ok_since_refusal,
    EXTRACT(epoch FROM ${now}::timestamptz - min(last.at))::float AS seconds_since_refusal
  FROM last LEFT JOIN second ON true`;

export const freshRefusalsOf = (row: FreshRefusalsRow): FreshRefusals => ({
  refused: row.refused_lately,
  okSince: row.ok_since_refusal,
  secondsSince: row.seconds_since_refusal,
});

/** Several taken, for some seconds; or at least one and a quiet minute after it. */
const TAKEN_IN_A_ROW = 3;
const TAKEN_FOR_SECONDS = 10;
const QUIET_SECONDS = 60;

/** Whether what is sent now would be refused for good again, as far as is known: then a replay only makes new dead letters. */
export function stillRejects({ refused, okSince, secondsSince }: FreshRefusals): boolean {
  if (refused === 0 || secondsSince === null) return false;
  if (okSince === 0) return true;
  return secondsSince < (okSince >= TAKEN_IN_A_ROW ? TAKEN_FOR_SECONDS : QUIET_SECONDS);
}
