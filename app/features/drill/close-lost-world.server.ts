import type { Services } from '../../lib/services.server.ts';
import { openDatabase } from '../../lib/database.server.ts';
import { LEAST } from '../../lib/database/limits.ts';
import { drainNotifications } from '../notify/drain-notifications.server.ts';
import { isTelling, resolveWorld } from './close-world.server.ts';
import { drillDatabaseUrl } from './drill-database.server.ts';
import { drillAppUrl } from './world-config.ts';

/** A database that is there answers by then, ms. */
const REACHED_MS = 5000;

/**
 * Ends the world of a drill whose process was killed, in what is left of it, its database: whoever was told of it hears
 * that it is over, and no alert of it stays open at PagerDuty.
 * @param lost a drill that was playing; before, there was nothing to tell of
 * @returns whether every message has gone out or was given up; otherwise some wait for another try
 */
export async function closeLostWorld(
  services: Services,
  lost: { id: number; database: string; reason: string },
): Promise<boolean> {
  const { config, log } = services;
  const databaseUrl = drillDatabaseUrl(services.db.url, lost.database);
  const db = openDatabase({
    databaseUrl,
    dataDir: config.DATA_DIR,
    poolMax: LEAST,
    log: log.child({ drill: lost.id }),
  });
  try {
    const late = AbortSignal.timeout(REACHED_MS);
    const waiting = new Promise<'late'>((done) =>
      late.addEventListener('abort', () => done('late'), { once: true }),
    );
    if ((await Promise.race([db.ready, waiting])) === 'late') return false;
    const world: Services = {
      ...services,
      db,
      config: { ...config, DATABASE_URL: databaseUrl, APP_URL: drillAppUrl(config.APP_URL, lost.id) },
    };
    await resolveWorld(world, lost.reason);
    while (await drainNotifications(world, services.db.clock.now()));
    return !(await isTelling(world));
  } finally {
    await db.stop();
  }
}
