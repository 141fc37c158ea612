import { setTimeout as delay } from 'node:timers/promises';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { SYSTEM } from '../audit/actor.ts';
import { currentIncidents } from '../incidents/list-incidents.view.server.ts';
import { resolve } from '../incidents/resolve.server.ts';
import { endWarnings } from './end-warnings.server.ts';

/** Messages that are still queued have this long to go out, ms: a process that stops has 10 s for everything. */
const LAST_WORDS_MS = 5000;
const LOOK_MS = 100;

/**
 * Resolves what is open in the world of a drill and lets its last messages out: whoever was told of it hears that it is
 * over, and no alert of it stays open at PagerDuty.
 * @param reason how the drill ended, in words
 */
export async function closeWorld(world: Services, reason: string): Promise<void> {
  await resolveWorld(world, reason);
  const latest = performance.now() + LAST_WORDS_MS;
  while (performance.now() < latest && (await isTelling(world))) await delay(LOOK_MS);
}

/** Resolves what is open in the world of a drill, and ends its warnings; the messages of it are queued. */
export async function resolveWorld(world: Services, reason: string): Promise<void> {
  const resolution = `The drill is over. ${reason}`;
  for (const { id } of await currentIncidents(world))
    await resolve(world, {
      incidentId: id,
      actor: SYSTEM,
      now: world.db.clock.now(),
      resolution,
      overrideReason: 'The drill is over.',
    });
  await inTransaction(world.db.pool, (client) => endWarnings(client, resolution, world.db.clock.now()));
}

/** Whether messages wait to go out. */
export async function isTelling({ db }: Services): Promise<boolean> {
  const { rows } = await db.pool.query<{ telling: boolean }>(
    "SELECT EXISTS (SELECT 1 FROM notifications WHERE state = 'queued') AS telling",
  );
  return rows[0]!.telling;
}
