import { tickAlerts } from '../features/alerts/evaluate-alerts.server.ts';
import { tickReplays } from '../features/delivery/replays/tick-replays.server.ts';
import { tickCanary } from '../features/canary/tick-canary.server.ts';
import { refreshInboxList } from '../features/fallback/chatwoot-inboxes.server.ts';
import { tickFallback } from '../features/fallback/tick-fallback.server.ts';
import type { OpenWorld } from '../features/drill/world.server.ts';
import type { ProbePlan } from '../features/health/probes/probe.ts';
import { createLeaseSweeper } from '../features/delivery/leases.server.ts';
import { tickSeries } from '../features/status/maintenance/series.server.ts';
import { tickStatus } from '../features/status/tick-status.server.ts';
import { tickUpdates } from '../features/status/tick-updates.server.ts';
import { tickMerges } from '../features/tickets/merge/tick-merges.server.ts';
import { tickEscalations } from '../features/incidents/escalation/tick-escalations.server.ts';
import type { Services } from '../lib/services.server.ts';
import { startBackgroundLoop, startPeriodicLoop } from './background-loop.server.ts';
import {
  startArrivalLoops,
  startBacklogLoops,
  startBackupLoop,
  startDrillLoop,
  startHealthLoop,
  startNotifier,
} from './feature-loops.server.ts';
import { startClockLoop } from './clock-loop.server.ts';
import { startCron } from './cron.server.ts';
import { startDeliveryLoop, type Loop } from './delivery-loop.server.ts';
import type { NamedTrouble } from './heartbeat.server.ts';
import { createWake } from './wake.ts';

const SWEEP_MS = 1000;
const REPLAY_TICK_MS = 200;
const ALERTS_TICK_MS = 1000;
const FALLBACK_TICK_MS = 1000;
const INBOXES_TICK_MS = 5000;
const CANARY_TICK_MS = 250;
const TICKETS_TICK_MS = 500;
const STATUS_TICK_MS = 2000;
/** After the database came back its other processes get this long to say that they live, ms. */
const GRACE_MS = 5000;

export interface Worker {
  /** When each loop last came round, by performance.now(). */
  loops(): Record<string, number>;
  /** What fails, by the name of its loop or job. */
  troubles(): NamedTrouble[];
  stop(): Promise<void>;
}

export interface WorkerOptions {
  /** How the world of a drill is set up; left out, drills wait for another process, as they do inside a drill. */
  openWorld?: OpenWorld;
  /** What is probed; what the settings say when left out. */
  plans?: readonly ProbePlan[];
  /** Jobs by the clock, such as removing old texts; a world that lasts for an hour needs none. */
  cron?: boolean;
}

/** All loops of a worker process. Without a connection nothing is delivered: events wait as pending. */
export function startWorker(services: Services, options: WorkerOptions = {}): Worker {
  const { config, db, log, changes } = services;
  const replayWake = createWake();
  const fallbackWake = createWake();
  const unsubscribe = changes.on('work', () => {
    replayWake.now();
    fallbackWake.now();
  });
  let upSince = -Infinity;
  db.onStatus(({ state }) => {
    if (state === 'up') upSince = performance.now();
  });
  const sweeper = createLeaseSweeper(services.processId);
  const loops: Record<string, Loop> = {
    leases: startPeriodicLoop({ name: 'leases', everyMs: SWEEP_MS, db, log }, async () => {
      // Of a clock that was set, too: each heartbeat looks old, or new, until it is written again.
      if (performance.now() - Math.max(upSince, db.clock.setAt()) < GRACE_MS) return false;
      const takenOver = await sweeper.sweep(db.queuePool);
      if (takenOver > 0) {
        log.warn({ takenOver }, 'deliveries of a stopped worker resume');
        changes.announce('work');
      }
      return false;
    }),
    clock: startClockLoop(services),
    replays: startPeriodicLoop({ name: 'replays', everyMs: REPLAY_TICK_MS, db, log, wake: replayWake }, () =>
      tickReplays(services, services.db.clock.now()),
    ),
    health: startHealthLoop(services, options.plans),
    ...startArrivalLoops(services),
    ...startBacklogLoops(services),
    ...startNotifier(services),
    canary: startPeriodicLoop({ name: 'canary', everyMs: CANARY_TICK_MS, db, log }, () =>
      tickCanary(services, () => services.db.clock.now()),
    ),
    fallback: startPeriodicLoop(
      { name: 'fallback', everyMs: FALLBACK_TICK_MS, db, log, wake: fallbackWake },
      () => tickFallback(services, services.db.clock.now()),
    ),
    tickets: startBackgroundLoop({ name: 'tickets', everyMs: TICKETS_TICK_MS, db, log }, (signal) =>
      tickMerges(services, services.db.clock.now(), signal),
    ),
    inboxes: startPeriodicLoop({ name: 'inboxes', everyMs: INBOXES_TICK_MS, db, log }, async () => {
      await refreshInboxList(services, services.db.clock.now());
      return false;
    }),
    status: startPeriodicLoop({ name: 'status', everyMs: STATUS_TICK_MS, db, log }, async () => {
      await tickUpdates(services, services.db.clock.now());
      await tickStatus(services, services.db.clock.now());
      await tickSeries(services, services.db.clock.now());
      return false;
    }),
    alerts: startPeriodicLoop({ name: 'alerts', everyMs: ALERTS_TICK_MS, db, log }, async () => {
      await tickAlerts(services, services.db.clock.now());
      await tickEscalations(services, services.db.clock.now());
      return false;
    }),
  };
  if (config.connection) loops.delivery = startDeliveryLoop(services, config.connection);
  if (options.openWorld) loops.drill = startDrillLoop(services, options.openWorld);
  // What lasts for an hour, as a drill does, is backed up by nobody.
  if (options.cron !== false && config.BACKUP_DIR) loops.backup = startBackupLoop(services);
  const cron = options.cron === false ? null : startCron(services);
  return {
    troubles: () => [
      ...Object.entries(loops).flatMap(([name, loop]) => {
        const trouble = loop.trouble();
        return trouble ? [{ name, ...trouble }] : [];
      }),
      ...(cron?.troubles() ?? []),
    ],
    loops: () => Object.fromEntries(Object.entries(loops).map(([name, loop]) => [name, loop.cameRound()])),
    async stop() {
      unsubscribe();
      await Promise.all([...Object.values(loops).map((loop) => loop.stop()), cron?.stop()]);
    },
  };
}
