import { createDrillPlayer } from '../../app/features/drill/drill-player.server.ts';
import type { DrillAct, DrillDetail } from '../../app/features/drill/drill-view.ts';
import { actInDrill, type DrillWishes, requestDrill } from '../../app/features/drill/request-drill.server.ts';
import { readDrill } from '../../app/features/drill/read-drills.server.ts';
import { openDrillWorld } from '../../app/server/drill-world.server.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { startPeriodicLoop } from '../../app/worker/background-loop.server.ts';
import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

/** A process that plays drills, and a person who takes part. */
export interface Stage {
  services: TestServices;
  ask(wishes?: Partial<DrillWishes>): Promise<number>;
  act(id: number, act: DrillAct): Promise<string>;
  read(id: number): Promise<DrillDetail>;
  /** Waits until a drill is as it should be. */
  see(id: number, what: string, isSo: (drill: DrillDetail) => boolean): Promise<DrillDetail>;
  close(): Promise<void>;
}

export const mara = person('Mara');

export async function openStage(env: Record<string, string> = {}): Promise<Stage> {
  const services = await createTestServices(env);
  const { db, log } = services;
  const heartbeat = startHeartbeat(services, () => undefined);
  const player = createDrillPlayer(services, (order) => openDrillWorld(services, order));
  const loop = startPeriodicLoop({ name: 'drill', everyMs: 100, db, log }, async () => {
    await player.tick(new Date());
    return false;
  });
  const read = async (id: number) => (await readDrill(services, id))!;
  return {
    services,
    read,
    async ask(wishes = {}) {
      const asked = await requestDrill(services, {
        wishes: { scenario: 'chatwoot_down', speed: 60, notify: 'simulated', repairAfter: null, ...wishes },
        actor: mara,
        now: new Date(),
      });
      if (asked.outcome !== 'requested') throw new Error(asked.outcome);
      return asked.drillId;
    },
    async act(id, act) {
      const { outcome } = await actInDrill(services, { drillId: id, act, actor: mara, now: new Date() });
      if (outcome !== 'asked') return outcome;
      const { acts } = await until('it was done', async () => {
        const drill = await read(id);
        return drill.acts.at(-1)?.answer ? drill : null;
      });
      return acts.at(-1)!.answer!;
    },
    see: (id, what, isSo) =>
      until(
        what,
        async () => {
          const drill = await read(id);
          return isSo(drill) ? drill : null;
        },
        75_000,
      ),
    async close() {
      await loop.stop();
      await player.stop(new Date());
      await heartbeat.stop();
      await services.close();
    },
  };
}
