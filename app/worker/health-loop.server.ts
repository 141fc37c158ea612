import type { ProbePlan } from '../features/health/plan-probes.ts';
import { runHealthTick } from '../features/health/run-health-tick.server.ts';
import type { Services } from '../lib/services.server.ts';
import type { Loop } from './delivery-loop.server.ts';
import { startPeriodicLoop } from './periodic-loop.server.ts';

/** How often a process looks whether a health check is due, ms: "check now" and drills move it forward. */
const LOOK_MS = 250;

/**
 * Makes the health checks that are due. One may take as long as its probes' timeout; the loop comes round meanwhile.
 * @param plans what is probed; what the settings say when left out
 */
export function startHealthLoop(services: Services, plans?: readonly ProbePlan[]): Loop {
  const { db, log } = services;
  const stopping = new AbortController();
  let tick: Promise<void> | undefined;

  async function makeTick() {
    try {
      const made = await runHealthTick(services, {
        now: new Date(),
        signal: stopping.signal,
        plans,
      });
      if (made.outcome === 'lost') log.warn('another process made this health check');
    } catch (error) {
      log.warn({ loop: 'health', problem: String(error) }, 'health check');
    } finally {
      tick = undefined;
    }
  }
  const loop = startPeriodicLoop({ name: 'health', everyMs: LOOK_MS, db, log }, () => {
    tick ??= makeTick();
    return Promise.resolve(false);
  });

  return {
    cameRound: () => loop.cameRound(),
    async stop() {
      stopping.abort();
      await loop.stop();
      await tick;
    },
  };
}
