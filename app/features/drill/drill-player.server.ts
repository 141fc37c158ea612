import type { Services } from '../../lib/services.server.ts';
import {
  closeLostWorld,
  closeWorld,
  createDrillDatabase,
  dropDrillDatabases,
  nameDrillDatabase,
  takeLostWorlds,
} from './drill-database.server.ts';
import {
  claimDrill,
  type ClaimedDrill,
  type DrillEnd,
  endDrill,
  endLostDrills,
} from './read-drills.server.ts';
import { playScene, type Scene } from './play-scene.server.ts';
import type { OpenWorld } from './world.server.ts';

export interface DrillPlayer {
  /** Goes on with the drill that this process plays, or begins the one that waits. */
  tick(now: Date): Promise<void>;
  /** Ends the drill that is being played: its world cannot outlive this process. */
  stop(now: Date): Promise<void>;
}

/** What a killed drill has to say is tried for this long, ms. */
const LAST_TRY_MS = 120_000;

const RESTARTED: DrillEnd = {
  state: 'aborted',
  by: 'Outage Center',
  reason: 'Aborted by a restart: the process that played it was stopped.',
};

/** Plays drills, one at a time, each in a world of its own that is thrown away afterwards. */
export function createDrillPlayer(services: Services, openWorld: OpenWorld): DrillPlayer {
  const { db, log } = services;
  let scene: Scene | null = null;
  /** Lost drills whose messages are not out yet. */
  let untold: number[] = [];

  async function begin(drill: ClaimedDrill, now: Date) {
    const database = await nameDrillDatabase(db.pool, drill.id);
    // Before it exists: whoever clears up afterwards must know of it.
    await db.pool.query('UPDATE drill_runs SET database = $2 WHERE id = $1', [drill.id, database]);
    await createDrillDatabase(db.pool, database);
    const { id: drillId, speed, notify } = drill;
    const world = await openWorld({ drillId, speed, notify, database });
    log.info({ drill: drillId, scenario: drill.scenario, speed, notify }, 'drill begun');
    return { drill, world, warmSince: now, brokenAt: null, repaired: null, applied: '{}' };
  }

  async function finish(drill: ClaimedDrill, end: DrillEnd, now: Date) {
    const ended = scene;
    scene = null;
    if (ended) {
      const { world } = ended;
      const goesOn = (error: unknown) => log.warn({ drill: drill.id, problem: String(error) }, 'drill');
      if (drill.notify === 'marked') await closeWorld(world.services, end.reason).catch(goesOn);
      await world.stop().catch(goesOn);
    }
    await endDrill(services, drill.id, end, now);
    await dropDrillDatabases(services, untold);
    log.info({ drill: drill.id, end: end.state, reason: end.reason }, 'drill ended');
  }

  /** @returns those whose messages are not out yet, and whose database is therefore still needed */
  async function closeLostWorlds(now: Date): Promise<number[]> {
    const waiting: number[] = [];
    for (const lost of await takeLostWorlds(services)) {
      const isClosed = await closeLostWorld(services, lost).catch((error: unknown) => {
        log.warn({ drill: lost.id, problem: String(error) }, 'the world of a lost drill');
        return false;
      });
      if (!isClosed && now.getTime() - lost.endedAt.getTime() < LAST_TRY_MS) waiting.push(lost.id);
    }
    return waiting;
  }

  const failed = (error: unknown): DrillEnd => ({
    state: 'failed',
    by: 'Outage Center',
    reason: error instanceof Error ? error.message : String(error),
  });

  return {
    async tick(now) {
      if (!scene) {
        await endLostDrills(services, now);
        untold = await closeLostWorlds(now);
        await dropDrillDatabases(services, untold);
        const drill = await claimDrill(services);
        if (!drill) return;
        services.changes.announce('page');
        try {
          scene = await begin(drill, now);
        } catch (error) {
          log.warn({ drill: drill.id, problem: String(error) }, 'a drill could not begin');
          return finish(drill, failed(error), now);
        }
      }
      const { drill } = scene;
      const end = await playScene(services, scene, now).catch(failed);
      if (end) await finish(drill, end, services.db.clock.now());
    },
    async stop(now) {
      if (scene) await finish(scene.drill, RESTARTED, now);
    },
  };
}
