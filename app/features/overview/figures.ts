import type { ClockDifference, ProcessClock } from '../../lib/time-words.ts';
import type { ReportDue } from '../report/report-view.ts';
import type { WaitingFigures, WaitingSample } from '../waiting/waiting-view.ts';
import type { ArrivalFigures } from '../alerts/rule-reading.ts';
import type { FreshRefusals } from '../delivery/fresh-refusals.ts';
import type { ComponentHealth } from '../health/health-view.ts';
import type { ContactGap } from '../incidents/escalation/contacts-view.ts';
import type { CurrentIncident, LedgerLine, ReplayView } from './overview-view.ts';
import type { SafetyNet } from './safety-nets.ts';

export type { CurrentIncident };

/** Messages about an incident that failed for good, or were tried more than once without being accepted. */
export interface UntoldMessages {
  incidentId: number;
  failed: number;
  retrying: number;
  /** What the other side answered last. */
  answer: string | null;
}

/** What health checks, alert rules and people recorded about outages. */
export interface OutageFigures {
  components: ComponentHealth[];
  /** By component: the levels of 90 days (health-view.ts), on how many of them a check failed, and for how long it was down today (UTC), ms. */
  uptime: Record<string, { levels: string; days: string | null; downTodayMs: number }>;
  /** Open ones, worst first. */
  incidents: CurrentIncident[];
  /** Roles of the escalation policy that nobody can be told for. */
  gaps: ContactGap[];
  /** Messages about open incidents that have not been accepted, by incident. */
  untold: UntoldMessages[];
  /** Rules that fire without an incident. */
  warnings: { rule: string; words: string }[];
  /** Whether what is written in Chatwoot gets here; null: not read. */
  arrival: ArrivalFigures | null;
  /** Chatwoot's clock beside ours; null: not measured yet. */
  clock: ClockDifference | null;
  /** Customers who wait for an answer of a person; minute by minute of the last hour. */
  waiting: { figures: WaitingFigures; samples: WaitingSample[] };
  /** Of what is over, the report that somebody has to sign next. */
  reportDue: ReportDue | null;
}

/** Attempts that came to a result: `failed` is every result but a 2xx. Interrupted ones (killed worker) have none. */
export interface AttemptCounts {
  ok: number;
  failed: number;
}

/** What the attempts since the breaker closed say about now. */
export interface RecentAttempts extends AttemptCounts {
  /** Within 10 minutes: how many succeeded since the last that failed, or at all if none did. */
  okSinceFailure: number;
  /** null: none failed within 10 minutes. */
  secondsSinceFailure: number | null;
}

export interface Rejected {
  reason: string;
  count: number;
}

/** Counts of one bucket of time. */
export interface BucketCounts {
  at: Date;
  /** Webhooks that came, the first time and again. */
  accepted: number;
  duplicates: number;
  /** Events that no webhook told of and this app fetched from Chatwoot. */
  fetched: number;
  ok: number;
  /** Attempts that failed in a way that may pass by itself. */
  retried: number;
  /** Attempts that failed in a way that would be the same again. */
  failed: number;
  /** Runs that ended well. */
  delivered: number;
  /** Runs that ended as dead letters. */
  dead: number;
  /** Delivered attempts by the upper bound of their duration in ms; `inf` is over 10 s. */
  latency: Record<string, number>;
  rejected: Record<string, number>;
  /** Webhooks kept, but answered too late for the sender. */
  late: number;
  /** Messages delivered after one of their conversation that was written later. */
  outOfOrder: number;
}

export interface BreakerFigures {
  state: 'closed' | 'open' | 'half_open';
  /** When it opened first, if it has not closed since. */
  openedAt: Date | null;
  closedAt: Date | null;
  nextProbeAt: Date | null;
  lastFailure: { outcome: string | null; status: number | null } | null;
}

/** What waits for the Agent service. */
export interface UndeliveredFigures {
  /** Everything not delivered, dead or discarded, in flight included. */
  pending: number;
  inFlight: number;
  /** Customers' messages among them, and how many customers wrote them. */
  messages: number;
  customers: number;
  /** Messages of machines among them, such as bounces: nobody waits there. */
  machines: number;
  /** Messages and customers were counted only up to a limit: there may be more. */
  isMinimum: boolean;
  oldestAt: Date | null;
}

export interface DeadLetterFigures {
  open: number;
  /** Open ones that no unfinished replay has claimed: they wait for a person. */
  unclaimed: number;
  /** Customers' messages among the open ones and their customers; null when there are too many to look at. */
  messages: number | null;
  customers: number | null;
  /** Messages of machines among the open ones; null likewise. */
  machines: number | null;
  /** Of `unclaimed`, those whose conversation a person has answered since; null when there are too many to look at. */
  answered: number | null;
  oldestAt: Date | null;
  /** New ones within 60 minutes; of more than 1,000 it is the minimum. */
  lastHour: number;
  lastHourIsMinimum: boolean;
}

interface IntakeFigures {
  /** When the last webhook came; what this app fetched is none. */
  lastReceivedAt: Date | null;
  /** Unsigned webhooks are taken from anybody. */
  open: boolean;
  /** What webhooks are proved with in this process. */
  credentials: 'known' | 'none' | 'unreadable';
  /** In spool files of all processes, not in the database yet. */
  spooled: number;
  spooledSince: Date | null;
  /** Arrivals of this process go to the spool now. */
  spoolInUse: boolean;
  /** Files in the quarantine folders of all processes. */
  quarantined: number;
  /** Refused within 10 minutes, most frequent first. */
  rejected: Rejected[];
  /** Kept within 10 minutes, but answered too late for Chatwoot. */
  late: number;
}

/** Everything that was measured for one look at the page, at one moment. */
export interface OverviewFigures {
  /** Address of the Agent service's health check; null: the connection is not configured. */
  agentHealthUrl: string | null;
  intake: IntakeFigures;
  breaker: BreakerFigures;
  /** Fallback mode holds deliveries on purpose; null: nobody paused them. */
  paused: { since: Date; by: string } | null;
  /** Minute buckets of the last hour, oldest first, all 60. */
  hour: BucketCounts[];
  /** `ok` and `failed` of the last minute. */
  recent: RecentAttempts;
  /** Refusals for good of the last minutes, and what was taken since. */
  refusals: FreshRefusals;
  outage: OutageFigures;
  /** What is to catch what fails elsewhere, and fails itself. */
  safetyNets: SafetyNet[];
  /** Messages that no webhook told of, found in Chatwoot within the last hour and handed on. */
  foundMissing: { messages: number; at: Date } | null;
  /** Fetched messages that go out only when somebody says so. */
  withheld: number;
  /** Nothing was counted before this, within the last hour: buckets before it are unknown, not zero. */
  measuredSince: Date | null;
  dead: DeadLetterFigures;
  backlog: UndeliveredFigures;
  /** Processes that deliver and were seen within 8 s. */
  workers: number;
  /** Machines whose clocks are more than 2 s away from the database's, the worst first. */
  clocks: ProcessClock[];
  ledger: LedgerLine;
  ledgerCheck: { at: string; balanced: boolean } | null;
  /** Unfinished replays and those that ended within 10 minutes, newest first. */
  replays: ReplayView[];
  /** When a replay last may have made deliveries pending again; null: not lately. */
  lastReplayAt: Date | null;
  /** The longest an attempt may take, ms. */
  timeoutMs: number;
}
