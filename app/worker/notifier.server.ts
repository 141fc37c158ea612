import { CHANNEL_KINDS, drainNotifications } from '../features/notify/drain-notifications.server.ts';
import { readDueKinds } from '../features/notify/read-due-kinds.server.ts';
import type { Services } from '../lib/services.server.ts';
import type { Loop } from './delivery-loop.server.ts';
import { startPeriodicLoop } from './periodic-loop.server.ts';
import { createWake } from './wake.ts';

/** How often the outbox is looked at. Notices of work come with every webhook, and would make it look far more often. */
const LOOK_MS = 250;
/** What nothing wakes a channel for, such as another channel that has to stand in, is found within this, ms. */
const IDLE_MS = 5000;

/** One loop for each kind of channel, so that a slow one holds up no other, and one that sees what is due. */
export function startNotifier(services: Services): Record<string, Loop> {
  const { db, log } = services;
  const wakes = new Map(CHANNEL_KINDS.map((kind) => [kind, createWake()]));
  const loops: Record<string, Loop> = {
    notify: startPeriodicLoop({ name: 'notify', everyMs: LOOK_MS, db, log }, async () => {
      for (const kind of await readDueKinds(db.pool, services.db.clock.now())) wakes.get(kind)?.now();
      return false;
    }),
  };
  for (const [kind, wake] of wakes) {
    const name = `notify-${kind}`;
    loops[name] = startPeriodicLoop({ name, everyMs: IDLE_MS, db, log, wake }, () =>
      drainNotifications(services, services.db.clock.now(), [kind]),
    );
  }
  return loops;
}
