import type { Services } from '../lib/services.server.ts';
import type { Loop } from './delivery-loop.server.ts';
import { startPeriodicLoop } from './periodic-loop.server.ts';
import { findAhead, makeNow, storedTimes } from './times-ahead.ts';

const TICK_MS = 1000;
/** How often stored times are looked at although nobody saw the clock being set, ms: it may have been while no process ran. */
const LOOK_MS = 30_000;

/**
 * When the database's clock is set back, what was stored before is ahead of it: retries, health checks, marks of when something
 * was looked at, and heartbeats of the dead would hold everything up until it has caught up. They count as now instead.
 */
export function startClockLoop({ config, db, log }: Services): Loop {
  const times = storedTimes(config);
  let lookedAt = -Infinity;
  return startPeriodicLoop({ name: 'clock', everyMs: TICK_MS, db, log }, async () => {
    const startedAt = performance.now();
    const wasSet = db.clock.setAt() > lookedAt;
    if (!wasSet && startedAt - lookedAt < LOOK_MS) return false;
    const { rows } = await db.pool.query<{ n: number }>(findAhead(times, wasSet));
    for (const { n } of rows) await db.pool.query(makeNow(times[n]!, wasSet));
    if (rows.length > 0) {
      const found = rows.map(({ n }) => `${times[n]!.table}.${times[n]!.column}`);
      log.warn(
        { times: found },
        "times were ahead of the database's clock, which was set back; they count as now",
      );
    }
    lookedAt = startedAt;
    return false;
  });
}
