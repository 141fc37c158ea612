import { setTimeout as delay } from 'node:timers/promises';
import { tickAssignments } from '../features/backlog/tick-assignments.server.ts';
import { tickFromApi, tickProjection } from '../features/backlog/tick-backlog.server.ts';
import { createPace } from '../lib/chatwoot/pace.server.ts';
import type { Services } from '../lib/services.server.ts';
import { startBackgroundLoop } from './background-loop.server.ts';
import type { Loop } from './delivery-loop.server.ts';
import { startPeriodicLoop } from './periodic-loop.server.ts';

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
