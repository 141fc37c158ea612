import { APART_MS, type ProcessClock } from '../../lib/process-clock-words.ts';
import type { BreakerFigures } from './figures.ts';
import { factType } from '../facts/fact-sql.ts';

export interface StateFigures {
  breaker: BreakerFigures;
  /** Somebody paused delivery. */
  paused: { since: Date; by: string } | null;
  /** Processes with a worker, seen within 8 s. */
  workers: number;
  /** Machines whose clocks are more than 2 s away from the database's, the worst first. */
  clocks: ProcessClock[];
  /** Spooled by other processes than this one, as they said within the last 8 s. */
  spooledElsewhere: number;
  spooledElsewhereSince: Date | null;
  /** Set aside in other folders than this process's. */
  quarantinedElsewhere: number;
  /** Start of the process that has run longest of those that run. */
  runningSince: Date | null;
  lastReceivedAt: Date | null;
  inFlight: number;
  ledgerCheck: { at: string; balanced: boolean } | null;
}

export interface StateRow {
  state: BreakerFigures['state'];
  opened_at: Date | null;
  closed_at: Date | null;
  next_probe_at: Date | null;
  paused: boolean;
  paused_since: Date | null;
  paused_by: string | null;
  last_failure: { outcome?: string; status?: number | null } | null;
  workers: number;
  clocks: ProcessClock[];
  spooled_elsewhere: number;
  spooled_since: Date | null;
  quarantined_elsewhere: number;
  running_since: Date | null;
  last_received: Date | null;
  in_flight: number;
  checked_at: Date | null;
  balanced: boolean | null;
}

/** A process that was not seen for this long is gone: the rule by which its leases are taken over. */
const FRESH = `last_seen > now() - interval '8 seconds'`;

/**
 * Newest first by receipt: the order of `seq` can differ from the clock by what a spool brought in late.
 * A few rows of the primary key, never the history.
 */
const LAST_RECEIVED = `SELECT max(received_at) FROM (SELECT received_at FROM deliveries ORDER BY seq DESC LIMIT 50) newest`;

/** Once a folder: several processes of a machine may share one. */
const QUARANTINED_ELSEWHERE = `SELECT COALESCE(sum(n), 0)::int FROM (
  SELECT max(quarantined) AS n FROM processes
  WHERE ${FRESH} AND (host, data_dir) NOT IN (SELECT host, data_dir FROM processes WHERE id = $1::uuid)
  GROUP BY host, data_dir) folder`;

/** Once a machine: its processes share one clock. */
const CLOCKS = `SELECT COALESCE(json_agg(c ORDER BY abs(c."aheadMs") DESC), '[]') FROM (
  SELECT DISTINCT ON (host) host, clock_ahead_ms AS "aheadMs" FROM processes
  WHERE ${FRESH} AND abs(clock_ahead_ms) > ${APART_MS} ORDER BY host, last_seen DESC) c`;

/** Everything there is one of: breaker, pause, processes, last arrival, last row-by-row count. $1: this process. */
export const STATE = `
  SELECT b.state, b.opened_at, b.closed_at, b.next_probe_at, b.last_failure, p.*,
    w.paused, w.since AS paused_since, w.paused_by,
    (${LAST_RECEIVED}) AS last_received,
    (SELECT count(*)::int FROM leases) AS in_flight,
    (${CLOCKS}) AS clocks,
    (${QUARANTINED_ELSEWHERE}) AS quarantined_elsewhere,
    c.recorded_at AS checked_at, (c.value->>'balanced')::boolean AS balanced
  FROM breakers b
  CROSS JOIN delivery_pause w
  CROSS JOIN (
    SELECT count(*) FILTER (WHERE role IN ('all', 'worker'))::int AS workers,
      COALESCE(sum(spooled) FILTER (WHERE id <> $1::uuid), 0)::int AS spooled_elsewhere,
      min(spooled_since) FILTER (WHERE id <> $1::uuid) AS spooled_since,
      min(started_at) AS running_since
    FROM processes WHERE ${FRESH}) p
  LEFT JOIN LATERAL (
    SELECT recorded_at, value FROM dashboard_facts
    WHERE fact_type = ${factType('support.ledger.check')} ORDER BY recorded_at DESC LIMIT 1) c ON true
  WHERE b.name = 'agent'`;

export function stateOf(row: StateRow): StateFigures {
  return {
    breaker: {
      state: row.state,
      openedAt: row.opened_at,
      closedAt: row.closed_at,
      nextProbeAt: row.next_probe_at,
      lastFailure: row.last_failure && {
        outcome: row.last_failure.outcome ?? null,
        status: row.last_failure.status ?? null,
      },
    },
    paused:
      row.paused && row.paused_since ? { since: row.paused_since, by: row.paused_by ?? 'somebody' } : null,
    workers: row.workers,
    clocks: row.clocks,
    spooledElsewhere: row.spooled_elsewhere,
    spooledElsewhereSince: row.spooled_since,
    quarantinedElsewhere: row.quarantined_elsewhere,
    runningSince: row.running_since,
    lastReceivedAt: row.last_received,
    inFlight: row.in_flight,
    ledgerCheck: row.checked_at && { at: row.checked_at.toISOString(), balanced: row.balanced ?? false },
  };
}
