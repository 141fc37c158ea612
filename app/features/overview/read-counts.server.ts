import { APART_MS, type ProcessClock } from '../../lib/time-words.ts';
import type { Services } from '../../lib/services.server.ts';
import {
  type FreshRefusals,
  freshRefusalsOf,
  type FreshRefusalsRow,
  freshRefusalsSql,
} from '../delivery/fresh-refusals.ts';
import { OF_SINCE } from '../delivery/dead-letters/selection-sql.server.ts';
import { isSameConversation } from '../delivery/next-of-conversation.ts';
import { factType } from '../facts/record-fact.server.ts';
import { LAST_WEBHOOK } from '../intake/inbox-row.ts';
import { LEDGER } from '../facts/ledger.server.ts';
import { ledgerOf, type Ledger, type LedgerCounts } from '../facts/ledger.ts';
import type { UndeliveredFigures, BreakerFigures, DeadLetterFigures, RecentAttempts } from './figures.ts';
import { RECENT, recentOf, type RecentRow } from './judge-figures.ts';
import { IS_ALIVE } from '../processes/liveness.ts';

interface StateFigures {
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
  /** Of webhooks; what was fetched did not come. */
  lastReceivedAt: Date | null;
  inFlight: number;
  ledgerCheck: { at: string; balanced: boolean } | null;
}

interface StateRow {
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

/** Once a folder: several processes of a machine may share one. */
const QUARANTINED_ELSEWHERE = `SELECT COALESCE(sum(n), 0)::int FROM (
  SELECT max(quarantined) AS n FROM processes
  WHERE ${IS_ALIVE} AND (host, data_dir) NOT IN (SELECT host, data_dir FROM processes WHERE id = $1::uuid)
  GROUP BY host, data_dir) folder`;

/** Once a machine: its processes share one clock. */
const CLOCKS = `SELECT COALESCE(json_agg(c ORDER BY abs(c."aheadMs") DESC), '[]') FROM (
  SELECT DISTINCT ON (host) host, clock_ahead_ms AS "aheadMs" FROM processes
  WHERE ${IS_ALIVE} AND abs(clock_ahead_ms) > ${APART_MS} ORDER BY host, last_seen DESC) c`;

/** Everything there is one of: breaker, pause, processes, last arrival, last row-by-row count. $1: this process. */
const STATE = `
  SELECT b.state, b.opened_at, b.closed_at, b.next_probe_at, b.last_failure, p.*,
    w.paused, w.since AS paused_since, w.paused_by,
    (${LAST_WEBHOOK}) AS last_received,
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
    FROM processes WHERE ${IS_ALIVE}) p
  LEFT JOIN LATERAL (
    SELECT recorded_at, value FROM dashboard_facts
    WHERE fact_type = ${factType('support.ledger.check')} ORDER BY recorded_at DESC LIMIT 1) c ON true
  WHERE b.name = 'agent'`;

function stateOf(row: StateRow): StateFigures {
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

/** Messages and customers are counted among so many of the oldest pending deliveries: about 10 ms. */
const WAITING_LOOKED_AT = 20_000;

interface WaitingRow {
  waiting_looked: number;
  waiting_messages: number;
  waiting_customers: number;
  waiting_machines: number;
  oldest_waiting: Date | null;
}

/** What the backlog means to customers; the exact number of pending deliveries is the ledger's. */
const WAITING = `
  SELECT count(*)::int AS waiting_looked,
    count(*) FILTER (WHERE signal = 'customer_message')::int AS waiting_messages,
    count(DISTINCT customer_key) FILTER (WHERE signal = 'customer_message')::int AS waiting_customers,
    count(*) FILTER (WHERE signal = 'machine_message')::int AS waiting_machines,
    min(received_at) AS oldest_waiting
  FROM (
    SELECT signal, customer_key, received_at FROM deliveries
    WHERE state = 'pending' ORDER BY seq LIMIT ${WAITING_LOOKED_AT + 1}) oldest`;

const waitingOf = (row: WaitingRow): Omit<UndeliveredFigures, 'pending' | 'inFlight'> => ({
  messages: row.waiting_messages,
  customers: row.waiting_customers,
  machines: row.waiting_machines,
  oldestAt: row.oldest_waiting,
  isMinimum: row.waiting_looked > WAITING_LOOKED_AT,
});

/** With more open ones than this, whose messages they are and whether they were answered is not counted. */
const LOOKED_AT = 5000;
/** New ones of the last hour are counted up to this: far above every threshold. */
const COUNTED = 1000;

interface DeadLetterCounts {
  dead_claimed: number;
  oldest_dead: Date | null;
  dead_last_hour: number;
  dead_messages: number;
  dead_customers: number;
  dead_machines: number;
  dead_answered: number;
}

/**
 * Whose the open dead letters are, and how fast they come; how many is the ledger's. $2: now. Of each conversation the newest
 * answer is looked up (index deliveries_answers), and no more than that: its other events may be many.
 */
const DEAD_LETTERS = `
  WITH picked AS MATERIALIZED (
    SELECT seq, conversation_key, conversation_began, replay_id, signal, customer_key FROM deliveries
    WHERE state = 'dead' ORDER BY dead_fact_id DESC LIMIT ${LOOKED_AT}
  ), conversations AS (
    SELECT conversation_key, conversation_began, min(seq) AS first FROM picked GROUP BY 1, 2
  ), since AS MATERIALIZED (
    SELECT c.*, (
      SELECT n.seq FROM deliveries n WHERE ${isSameConversation('c', 'n')} AND n.seq > c.first AND n.signal = 'agent_reply'
      ORDER BY n.seq DESC LIMIT 1) AS answered
    FROM conversations c
  )
  SELECT
    (SELECT count(*)::int FROM replay_items i JOIN replays r ON r.id = i.replay_id
      WHERE r.state IN ('running', 'paused') AND i.released_at IS NULL AND i.outcome IS NULL) AS dead_claimed,
    (SELECT f.recorded_at FROM dashboard_facts f
      WHERE f.id = (SELECT min(dead_fact_id) FROM deliveries WHERE state = 'dead')) AS oldest_dead,
    (SELECT count(*)::int FROM (
      SELECT FROM dashboard_facts
      WHERE fact_type = ${factType('support.webhook.dead_letter')} AND recorded_at > $2::timestamptz - interval '1 hour'
      LIMIT ${COUNTED + 1}) recent) AS dead_last_hour,
    count(*) FILTER (WHERE signal = 'customer_message')::int AS dead_messages,
    count(DISTINCT customer_key) FILTER (WHERE signal = 'customer_message')::int AS dead_customers,
    count(*) FILTER (WHERE signal = 'machine_message')::int AS dead_machines,
    count(*) FILTER (WHERE replay_id IS NULL AND s.answered > p.seq)::int AS dead_answered
  FROM picked p LEFT JOIN since s ON ${OF_SINCE}`;

function deadLettersOf(row: DeadLetterCounts, open: number): DeadLetterFigures {
  const all = open <= LOOKED_AT;
  return {
    open,
    unclaimed: Math.max(open - row.dead_claimed, 0),
    messages: all ? row.dead_messages : null,
    customers: all ? row.dead_customers : null,
    machines: all ? row.dead_machines : null,
    answered: all ? row.dead_answered : null,
    oldestAt: row.oldest_dead,
    lastHour: Math.min(row.dead_last_hour, COUNTED),
    lastHourIsMinimum: row.dead_last_hour > COUNTED,
  };
}

export interface Counts {
  ledger: Ledger;
  backlog: UndeliveredFigures;
  dead: DeadLetterFigures;
  state: StateFigures;
  recent: RecentAttempts;
  refusals: FreshRefusals;
}

/** Each part is one row. */
const STATEMENT = `SELECT * FROM (${LEDGER}) ledger
  CROSS JOIN (${STATE}) state CROSS JOIN (${WAITING}) waiting CROSS JOIN (${DEAD_LETTERS}) dead CROSS JOIN (${RECENT}) recent
  CROSS JOIN (${freshRefusalsSql('$2')}) refusals`;

/**
 * Everything on the page that must add up, in one statement and so in one snapshot: a delivery that moves meanwhile is
 * everywhere where it was before, or everywhere where it is after.
 */
export async function readCounts({ db, processId }: Services, now: Date): Promise<Counts> {
  const { rows } = await db.pool.query<
    LedgerCounts & StateRow & WaitingRow & DeadLetterCounts & RecentRow & FreshRefusalsRow
  >({
    // By name: planning it for each reading was a quarter of the page's p95.
    name: 'overview-counts',
    text: STATEMENT,
    values: [processId, now],
  });
  const [row] = rows;
  if (!row)
    throw new Error('The row of the circuit breaker or of the pause is missing: the migrations did not run.');
  const ledger = ledgerOf(row);
  const state = stateOf(row);
  return {
    ledger,
    state,
    backlog: { pending: ledger.pending + ledger.held, inFlight: state.inFlight, ...waitingOf(row) },
    dead: deadLettersOf(row, ledger.dead),
    recent: recentOf(row),
    refusals: freshRefusalsOf(row),
  };
}
