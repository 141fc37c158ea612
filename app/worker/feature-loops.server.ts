import { setTimeout as delay } from 'node:timers/promises';
import { findCause } from '../features/arrival/cause/find-cause.server.ts';
import { countLate } from '../features/arrival/comparison/recover-messages.server.ts';
import { tickReconciliation } from '../features/arrival/comparison/tick-reconciliation.server.ts';
import { tickRegistration } from '../features/arrival/connect/check-registration.server.ts';
import { noteSilence } from '../features/arrival/note-gap.server.ts';
import { tickLook } from '../features/arrival/look/tick-look.server.ts';
import { tickBackup } from '../features/backup/make-backup.server.ts';
import { createDrillPlayer } from '../features/drill/drill-player.server.ts';
import type { OpenWorld } from '../features/drill/world.server.ts';
import type { ProbePlan } from '../features/health/probes/probe.ts';
import { runHealthTick } from '../features/health/run-health-tick.server.ts';
import { linkInMessage } from '../features/incidents/message-links/message-links.server.ts';
import {
  CHANNEL_KINDS,
  sendNotifications,
  readDueKinds,
} from '../features/notify/send-notifications.server.ts';
import { isOfSubscribers } from '../features/notify/channel.ts';
import type { Channel } from '../features/notify/message.ts';
import { tickMailings } from '../features/status/subscribers/mailing.server.ts';
import { areTold, sendToSubscriber } from '../features/status/subscribers/send-to-subscriber.server.ts';
import { tickAssignments } from '../features/waiting/assign/tick-assignments.server.ts';
import { tickFromApi, tickProjection } from '../features/waiting/tick-waiting.server.ts';
import { openChatwootClient } from '../lib/chatwoot/chatwoot-client.server.ts';
import { createPace } from '../lib/chatwoot/pace.server.ts';
import type { Services } from '../lib/services.server.ts';
import { startBackgroundLoop, startPeriodicLoop } from './background-loop.server.ts';
import type { Loop } from './delivery-loop.server.ts';
import { createWake } from './wake.ts';

/** How often a process looks whether a health check is due, ms: "check now" and drills move it forward. */
const HEALTH_LOOK_MS = 250;

/**
 * Makes the health checks that are due. One may take as long as its probes' timeout.
 * @param plans what is probed; what the settings say when left out
 */
export function startHealthLoop(services: Services, plans?: readonly ProbePlan[]): Loop {
  const { db, log } = services;
  return startBackgroundLoop({ name: 'health', everyMs: HEALTH_LOOK_MS, db, log }, async (signal) => {
    const { outcome } = await runHealthTick(services, { now: services.db.clock.now(), signal, plans });
    if (outcome === 'lost') log.warn('another process made this health check');
    return false;
  });
}

/** How often the outbox is looked at. Notices of work come with every webhook, and would make it look far more often. */
const OUTBOX_LOOK_MS = 250;
/** What nothing wakes a channel for, such as another channel that has to stand in, is found within this, ms. */
const IDLE_MS = 5000;

const SUBSCRIBER_KINDS: readonly Channel['kind'][] = ['subscriber_mail', 'subscriber_webhook'];
/** How often subscribers' turns come, ms. */
const MAILINGS_MS = 1000;

/** One loop for each kind of channel, so that a slow one holds up no other, and one that sees what is due. */
export function startNotifier(services: Services): Record<string, Loop> {
  const { db, log } = services;
  const wakes = new Map([...CHANNEL_KINDS, ...SUBSCRIBER_KINDS].map((kind) => [kind, createWake()]));
  const loops: Record<string, Loop> = {
    notify: startPeriodicLoop({ name: 'notify', everyMs: OUTBOX_LOOK_MS, db, log }, async () => {
      for (const kind of await readDueKinds(db.pool, services.db.clock.now())) wakes.get(kind)?.now();
      return false;
    }),
    mailings: startPeriodicLoop(
      { name: 'mailings', everyMs: MAILINGS_MS, db, log },
      async () => (await areTold(services)) && tickMailings(services, services.db.clock.now()),
    ),
  };
  for (const [kind, wake] of wakes) {
    const name = `notify-${kind}`;
    const how = isOfSubscribers(kind) ? { send: sendToSubscriber } : { linkInMessage };
    loops[name] = startPeriodicLoop({ name, everyMs: IDLE_MS, db, log, wake }, async () =>
      isOfSubscribers(kind) && !(await areTold(services))
        ? false
        : sendNotifications(services, services.db.clock.now(), { kinds: [kind], ...how }),
    );
  }
  return loops;
}

const COMPARE_MS = 1000;
const LOOK_MS = 1000;
const SILENCE_MS = 500;

/** Whether what was written in Chatwoot arrives here, and what never did. */
export function startArrivalLoops(services: Services): Record<string, Loop> {
  const { db, log } = services;
  const now = () => db.clock.now();
  return {
    reconciliation: startBackgroundLoop({ name: 'reconciliation', everyMs: COMPARE_MS, db, log }, (signal) =>
      tickReconciliation(services, now, signal),
    ),
    registration: startBackgroundLoop({ name: 'registration', everyMs: LOOK_MS, db, log }, async (signal) => {
      const client = openChatwootClient(services, signal);
      if (client) await tickRegistration(services, client, now());
      return countLate(services);
    }),
    look: startBackgroundLoop({ name: 'look', everyMs: LOOK_MS, db, log }, (signal) =>
      tickLook(services, {
        now,
        signal,
        findCause: (client, since, untold) =>
          findCause(services, client, { since, untold, now: now(), signal }),
      }),
    ),
    // Until it is noted, newer messages pass those that were lost: it waits for no look at Chatwoot.
    silence: startPeriodicLoop({ name: 'silence', everyMs: SILENCE_MS, db, log }, async () => {
      await noteSilence(services);
      return false;
    }),
  };
}

const PROJECT_MS = 500;
/** Between two full batches, so that delivery keeps the processor. */
const BREATH_MS = 100;
const FROM_API_MS = 5000;
const ASSIGN_MS = 500;

/** Who waits, read from the webhooks and from Chatwoot's API, and handed to people. */
export function startBacklogLoops(services: Services): Record<string, Loop> {
  const { db, log } = services;
  const pace = createPace();
  return {
    backlog: startPeriodicLoop({ name: 'backlog', everyMs: PROJECT_MS, db, log }, async () => {
      const more = await tickProjection(services, services.db.clock.now());
      if (more) await delay(BREATH_MS);
      return more;
    }),
    'backlog-api': startBackgroundLoop({ name: 'backlog-api', everyMs: FROM_API_MS, db, log }, (signal) =>
      tickFromApi(services, { now: services.db.clock.now(), pace, signal }),
    ),
    assignments: startBackgroundLoop({ name: 'assignments', everyMs: ASSIGN_MS, db, log }, (signal) =>
      tickAssignments(services, signal),
    ),
  };
}

/** How often a process looks whether a backup is due, ms. */
const BACKUP_LOOK_MS = 10_000;

export function startBackupLoop(services: Services): Loop {
  const { db, log } = services;
  return startBackgroundLoop({ name: 'backup', everyMs: BACKUP_LOOK_MS, db, log }, (signal) =>
    tickBackup(services, () => db.clock.now(), signal),
  );
}

/** How often a drill goes one step further, ms: at 60 times the speed half a minute. */
const TICK_MS = 500;

/** Plays the drills that people ask for. */
export function startDrillLoop(services: Services, openWorld: OpenWorld): Loop {
  const { db, log } = services;
  const player = createDrillPlayer(services, openWorld);
  const loop = startBackgroundLoop({ name: 'drill', everyMs: TICK_MS, db, log }, async () => {
    await player.tick(services.db.clock.now());
    return false;
  });
  return {
    cameRound: () => loop.cameRound(),
    trouble: () => loop.trouble(),
    async stop() {
      await loop.stop();
      await player.stop(services.db.clock.now());
    },
  };
}
