import type { Services } from '../../lib/services.server.ts';
import { recentReplays, type ReplayProgress } from '../delivery/dead-letters/replay-progress.view.server.ts';
import { readLedger } from '../facts/ledger.server.ts';
import type { IntakeStatus } from '../intake/intake.ts';
import { chartOf, RANGES } from './chart.ts';
import { decideNextStep } from './decide-next-step.ts';
import { decideVerdict } from './decide-verdict.ts';
import { decideWarnings } from './decide-warnings.ts';
import type { Figures } from './figures.ts';
import type { Overview, Range, ReplayProgress as ReplayLine } from './overview.ts';
import { readBuckets } from './read-buckets.server.ts';
import { readDeadLetters } from './read-dead-letters.server.ts';
import { readRecentEvents } from './read-recent-events.server.ts';
import { readState } from './read-state.server.ts';
import { readWaiting } from './read-waiting.server.ts';
import { tilesOf } from './tiles.ts';
import { rejectedIn } from './windows.ts';

/** Replays that ended stay on the page for this long. */
const ENDED_SHOWN_MS = 600_000;

/**
 * Everything the page shows: eight statements side by side, none of which grows with history.
 * @param intake the intake of this process; other processes tell theirs in `processes`
 * @throws when the database does not answer: then `overviewWithoutDatabase` is the truth
 */
export async function readOverview(
  services: Services,
  intake: IntakeStatus,
  { range, now }: { range: Range; now: Date },
): Promise<Overview> {
  const { config, db, processId } = services;
  const { prisma } = db;
  const hourRange = RANGES['1h'];
  const [state, hour, ranged, waiting, dead, ledger, replays, events] = await Promise.all([
    readState(prisma, processId),
    readBuckets(prisma, hourRange, now),
    range === '1h' ? null : readBuckets(prisma, RANGES[range], now),
    readWaiting(prisma),
    readDeadLetters(prisma, now),
    readLedger(db.pool),
    recentReplays(services, now),
    readRecentEvents(prisma),
  ]);
  const counted = hour.find(
    (bucket) => bucket.accepted + bucket.duplicates + bucket.ok + bucket.retried > 0,
  )?.at;
  const spooled = state.spooledElsewhere + intake.spooled;
  const shownReplays = replays.filter(
    ({ finishedAt }) => !finishedAt || now.getTime() - finishedAt.getTime() < ENDED_SHOWN_MS,
  );
  const figures: Figures = {
    agentHealthUrl: config.connection && healthUrl(config.connection.agentUrl),
    intake: {
      lastReceivedAt: state.lastReceivedAt,
      open: intake.open,
      spooled,
      spooledSince: earliest(state.spooledElsewhereSince, intake.spooledSince),
      spoolInUse: intake.inUse,
      quarantined: intake.quarantined,
      rejected: rejectedIn(hour, 10),
    },
    breaker: state.breaker,
    hour,
    measuredSince: earliest(counted ?? null, state.runningSince),
    dead,
    backlog: { pending: ledger.pending + ledger.held, inFlight: state.inFlight, ...waiting },
    workers: state.workers,
    ledger: { ...ledger, spooled },
    ledgerCheck: state.ledgerCheck,
    replays: shownReplays.map(replayLine),
    lastReplayAt: lastReplayAt(replays, now),
    timeoutMs: config.WEBHOOK_TIMEOUT_MS,
  };
  return {
    at: now.toISOString(),
    configured: figures.agentHealthUrl !== null,
    verdict: decideVerdict(figures, now),
    nextStep: decideNextStep(figures),
    warnings: decideWarnings(figures),
    tiles: tilesOf(figures, now),
    range,
    chart: chartOf(ranged ?? hour, figures.timeoutMs),
    ledger: figures.ledger,
    ledgerCheck: figures.ledgerCheck,
    replays: figures.replays,
    events,
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
  };
}
