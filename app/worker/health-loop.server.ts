import type { ProbePlan } from '../features/health/plan-probes.ts';
import { runHealthTick } from '../features/health/run-health-tick.server.ts';
import type { Services } from '../lib/services.server.ts';
import { startBackgroundLoop } from './background-loop.server.ts';
import type { Loop } from './delivery-loop.server.ts';

/** How often a process looks whether a health check is due, ms: "check now" and drills move it forward. */
const LOOK_MS = 250;

/**
 * Makes the health checks that are due. One may take as long as its probes' timeout.
 * @param plans what is probed; what the settings say when left out
 */
export function startHealthLoop(services: Services, plans?: readonly ProbePlan[]): Loop {
  const { db, log } = services;
  return startBackgroundLoop({ name: 'health', everyMs: LOOK_MS, db, log }, async (signal) => {
    const { outcome } = await runHealthTick(services, { now: services.db.clock.now(), signal, plans });
    if (outcome === 'lost') log.warn('another process made this health check');
    return false;
  });
}
