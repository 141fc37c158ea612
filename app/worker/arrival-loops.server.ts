import { findCause } from '../features/arrival/cause/find-cause.server.ts';
import { tickReconciliation } from '../features/arrival/comparison/tick-reconciliation.server.ts';
import { countLate } from '../features/arrival/count-late.server.ts';
import { noteSilence } from '../features/arrival/gaps/note-silence.server.ts';
import { tickLook } from '../features/arrival/look/tick-look.server.ts';
import { tickRegistration } from '../features/arrival/registration/check-registration.server.ts';
import { openChatwootClient } from '../features/backlog/open-client.server.ts';
import type { Services } from '../lib/services.server.ts';
import { startBackgroundLoop } from './background-loop.server.ts';
import type { Loop } from './delivery-loop.server.ts';

const COMPARE_MS = 1000;
const LOOK_MS = 1000;

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
    look: startBackgroundLoop({ name: 'look', everyMs: LOOK_MS, db, log }, async (signal) => {
      await noteSilence(services);
      return tickLook(services, {
        now,
        signal,
        findCause: (client, since) => findCause(services, client, { since, now: now(), signal }),
      });
    }),
  };
}
