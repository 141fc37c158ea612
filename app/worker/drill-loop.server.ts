import { createDrillPlayer } from '../features/drill/drill-player.server.ts';
import type { OpenWorld } from '../features/drill/world.server.ts';
import type { Services } from '../lib/services.server.ts';
import { startBackgroundLoop } from './background-loop.server.ts';
import type { Loop } from './delivery-loop.server.ts';

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
