import type { Services } from '../../lib/services.server.ts';
import { recentReplays, type ReplayProgress } from '../delivery/replays/read-replays.server.ts';
import type { IntakeStatus } from '../intake/intake.ts';
import { RANGES, readBuckets } from './read-chart.server.ts';
import type { BucketCounts, OverviewFigures } from './figures.ts';
import type { ReplayView as ReplayLine } from './overview-view.ts';
import { readCounts } from './read-counts.server.ts';
import { readOutage } from './read-outage.server.ts';
import { readSafetyNets } from './read-safety-nets.server.ts';
import { rejectedIn, sum } from './judge-figures.ts';

/** Replays that ended stay on the page for this long. */
const ENDED_SHOWN_MS = 600_000;

/**
 * Everything that verdict, next step and tiles are made of; no statement grows with history. What must add up is
 * counted in one snapshot, and what else there is to know is read beside it.
 * @param intake the intake of this process; other processes tell theirs in `processes`
 */
export async function readOverviewFigures(
  services: Services,
  intake: IntakeStatus,
  now: Date,
): Promise<OverviewFigures> {
  const { config } = services;
  const [{ ledger, backlog, dead, state, recent, refusals }, hour, outage, replays, nets] = await Promise.all(
    [
      readCounts(services, now),
      readBuckets(services.db.prisma, RANGES['1h'], now),
      readOutage(services, now),
      recentReplays(services, now),
      readSafetyNets(services),
    ],
  );
  const spooled = state.spooledElsewhere + intake.spooled;
  const quarantined = state.quarantinedElsewhere + intake.quarantined;
  const shown = replays.filter(
    ({ finishedAt }) => !finishedAt || now.getTime() - finishedAt.getTime() < ENDED_SHOWN_MS,
  );
  return {
    agentHealthUrl: config.connection && healthUrl(config.connection.agentUrl),
    intake: {
      lastReceivedAt: state.lastReceivedAt,
      open: intake.open,
      credentials: intake.credentials,
      spooled,
      spooledSince: earliest(state.spooledElsewhereSince, intake.spooledSince),
      spoolInUse: intake.inUse,
      quarantined,
      rejected: rejectedIn(hour, 10),
      late: sum(hour.slice(-10), 'late'),
    },
    breaker: state.breaker,
    paused: state.paused,
    hour,
    recent,
    refusals,
    outage,
    ...nets,
    measuredSince: earliest(firstCounted(hour), state.runningSince),
    dead,
    backlog,
    workers: state.workers,
    clocks: state.clocks,
    ledger: { ...ledger, spooled, quarantined },
    ledgerCheck: state.ledgerCheck,
    replays: shown.map(replayLine),
    lastReplayAt: lastReplayAt(replays, now),
    timeoutMs: config.WEBHOOK_TIMEOUT_MS,
  };
}

/** The operator's own address, without a user and password that it may carry. */
function healthUrl(agentUrl: string): string {
  const url = new URL(`${agentUrl}/health`);
  url.username = '';
  url.password = '';
  return url.href;
}

function earliest(a: Date | null, b: Date | null): Date | null {
  if (!a || !b) return a ?? b;
  return a < b ? a : b;
}

function lastReplayAt(replays: readonly ReplayProgress[], now: Date): Date | null {
  const times = replays.map(({ finishedAt }) => (finishedAt ?? now).getTime());
  return times.length === 0 ? null : new Date(Math.max(...times));
}

function replayLine(replay: ReplayProgress): ReplayLine {
  return {
    id: replay.replayId,
    state: replay.state,
    reason: replay.stateReason ?? replay.reason,
    total: replay.total,
    delivered: replay.delivered,
    dead: replay.dead,
    skipped: replay.skipped,
    waiting: replay.waiting + replay.inFlight,
    secondsLeft: replay.secondsLeft,
    perSecond: replay.perSecond,
  };
}

function firstCounted(hour: readonly BucketCounts[]): Date | null {
  const names = ['accepted', 'duplicates', 'fetched', 'ok', 'retried', 'failed'] as const;
  return hour.find((bucket) => names.some((name) => sum([bucket], name) > 0))?.at ?? null;
}
