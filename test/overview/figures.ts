import type { ArrivalFigures } from '../../app/features/alerts/rule-reading.ts';
import type { WaitingFigures } from '../../app/features/waiting/waiting-view.ts';
import type { ComponentHealth } from '../../app/features/health/health-view.ts';
import { everyBucket, RANGES } from '../../app/features/overview/read-chart.server.ts';
import type { BucketCounts, CurrentIncident, OverviewFigures } from '../../app/features/overview/figures.ts';

export const NOW = new Date('2026-09-22T05:31:30Z');

export const ago = (ms: number) => new Date(NOW.getTime() - ms);
export const SECOND = 1000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** Minute buckets of the last hour; `counts` are those of the minute `minutesAgo`. */
export function hourWith(...counts: (Partial<BucketCounts> & { minutesAgo?: number })[]): BucketCounts[] {
  const hour = everyBucket([], RANGES['1h'], NOW);
  for (const { minutesAgo = 0, ...count } of counts) Object.assign(hour[59 - minutesAgo]!, count);
  return hour;
}

export const componentWith = (changes: Partial<ComponentHealth> = {}): ComponentHealth => ({
  name: 'chatwoot',
  label: 'Chatwoot',
  state: 'up',
  since: ago(3 * HOUR).toISOString(),
  checkedAt: ago(MINUTE).toISOString(),
  stale: false,
  lastOkAt: ago(MINUTE).toISOString(),
  firstFailedAt: null,
  failures: 0,
  successes: 9,
  detail: '200 in 84 ms at /health',
  target: 'http://chatwoot.example',
  latencyMs: 84,
  ...changes,
});

export const waitingWith = (changes: Partial<WaitingFigures> = {}): WaitingFigures => ({
  known: true,
  asOf: ago(SECOND).toISOString(),
  waiting: 0,
  unassigned: 0,
  breached: 0,
  oldestSince: null,
  averageResponseSeconds: null,
  answeredLastHour: 0,
  forecast: null,
  byHand: { waiting: 0, breached: 0, oldestSince: null },
  machines: 0,
  untold: 0,
  gone: 0,
  check: { counting: null, checkedAt: null, problem: null, skipped: 0 },
  targetSeconds: 1800,
  ...changes,
});

const waitingSamples = Array.from({ length: 60 }, (_, n) => ({
  at: ago((60 - n) * MINUTE).toISOString(),
  waiting: n < 10 ? null : n,
  breached: n < 10 ? null : 0,
}));

/** Chatwoot's webhooks as they should be, the last of a message an hour and a half ago. */
export const arrivalWith = (changes: Partial<ArrivalFigures> = {}): ArrivalFigures => ({
  expected: true,
  provedAt: ago(7 * 24 * 60 * MINUTE),
  lastWebhookAt: ago(90 * MINUTE),
  lookedAt: ago(MINUTE / 2),
  newestAt: ago(90 * MINUTE),
  failingSince: null,
  problem: null,
  narrowed: false,
  silentSince: null,
  confirmedAt: null,
  missed: { messages: 0, customers: 0 },
  cause: null,
  registration: { ok: true, fault: null, evidence: 'As it should be.', nextStep: null },
  registrationAt: ago(MINUTE),
  registered: true,
  badSince: null,
  badConfirmed: false,
  delay: { messages: 4, p50: 250, p95: 500 },
  refused: { count: 0, firstAt: null, lastAt: null, acceptedAt: null },
  ...changes,
});

/** A healthy app with some traffic, and what is different from it. */
export function figuresWith(changes: Partial<OverviewFigures> = {}): OverviewFigures {
  return {
    agentHealthUrl: 'http://agent.example/health',
    intake: {
      lastReceivedAt: ago(12 * SECOND),
      open: false,
      credentials: 'known',
      spooled: 0,
      spooledSince: null,
      spoolInUse: false,
      quarantined: 0,
      rejected: [],
      late: 0,
    },
    breaker: { state: 'closed', openedAt: null, closedAt: null, nextProbeAt: null, lastFailure: null },
    paused: null,
    outage: {
      components: [componentWith(), componentWith({ name: 'agent', label: 'Agent service' })],
      uptime: {},
      incidents: [],
      gaps: [],
      untold: [],
      warnings: [],
      reportDue: null,
      arrival: null,
      clock: null,
      waiting: { figures: waitingWith(), samples: waitingSamples },
    },
    safetyNets: [],
    withheld: 0,
    foundMissing: null,
    hour: hourWith({ accepted: 34, ok: 34, delivered: 34, latency: { 50: 34 } }),
    recent: { ok: 34, failed: 0, okSinceFailure: 34, secondsSinceFailure: null },
    refusals: { refused: 0, okSince: 0, secondsSince: null },
    measuredSince: ago(2 * HOUR),
    dead: {
      open: 0,
      unclaimed: 0,
      messages: 0,
      customers: 0,
      machines: 0,
      answered: 0,
      oldestAt: null,
      lastHour: 0,
      lastHourIsMinimum: false,
    },
    backlog: {
      pending: 0,
      inFlight: 0,
      messages: 0,
      customers: 0,
      machines: 0,
      isMinimum: false,
      oldestAt: null,
    },
    workers: 1,
    clocks: [],
    ledger: {
      received: 34,
      delivered: 34,
      pending: 0,
      held: 0,
      withheld: 0,
      dead: 0,
      discarded: 0,
      spooled: 0,
      quarantined: 0,
      reconciled: 0,
      balanced: true,
    },
    ledgerCheck: { at: ago(20 * SECOND).toISOString(), balanced: true },
    replays: [],
    lastReplayAt: null,
    timeoutMs: 10_000,
    ...changes,
  };
}

const healthy = figuresWith();
export const intakeWith = (changes: Partial<OverviewFigures['intake']>) => ({
  ...healthy.intake,
  ...changes,
});
export const ledgerWith = (changes: Partial<OverviewFigures['ledger']>) => ({
  ...healthy.ledger,
  ...changes,
});
export const deadWith = (changes: Partial<OverviewFigures['dead']>) => ({ ...healthy.dead, ...changes });
export const breakerWith = (changes: Partial<OverviewFigures['breaker']>) => ({
  ...healthy.breaker,
  ...changes,
});
export const recentWith = (changes: Partial<OverviewFigures['recent']>) => ({
  ...healthy.recent,
  ...changes,
});
export const backlogWith = (changes: Partial<OverviewFigures['backlog']>) => ({
  ...healthy.backlog,
  ...changes,
});
export const outageWith = (changes: Partial<OverviewFigures['outage']>) => ({
  ...healthy.outage,
  ...changes,
});
export const incidentWith = (changes: Partial<CurrentIncident> = {}): CurrentIncident => ({
  id: 7,
  severity: 'P0',
  status: 'open',
  cause: 'chatwoot',
  title: 'Chatwoot does not answer',
  startedAt: '2026-09-22T05:02:10.000Z',
  openedAt: '2026-09-22T05:02:40.000Z',
  acknowledgedAt: null,
  acknowledgedBy: null,
  assignee: null,
  recoveredAt: null,
  lulls: [],
  resolvedAt: null,
  resolvedBy: null,
  mergedInto: null,
  drill: false,
  version: 1,
  ladder: [],
  onCall: [],
  nextGuideStep: null,
  told: [],
  ...changes,
});
export const replayWith = (
  changes: Partial<OverviewFigures['replays'][number]>,
): OverviewFigures['replays'][number] => ({
  id: 3,
  state: 'running',
  reason: null,
  total: 120,
  delivered: 40,
  dead: 0,
  skipped: 0,
  waiting: 80,
  secondsLeft: 2,
  perSecond: 40,
  ...changes,
});
