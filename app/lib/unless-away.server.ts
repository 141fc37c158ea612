import { setTimeout as delay } from 'node:timers/promises';
import { isDatabaseAway } from './database-away.ts';
import type { Database } from './database.server.ts';

/** How often somebody who waits looks whether the database still answers, ms. */
const LOOK_MS = 250;

/**
 * Waits for work on the database for as long as the database answers, however slowly; a hung one is noticed by
 * `db.status()` within 3 s. The work itself goes on unheard: what must not take effect later belongs into
 * `inTransactionUnlessAway`.
 * @returns null: the database is away, or went away meanwhile
 */
export async function unlessAway<T>(db: Database, work: () => Promise<T>): Promise<{ value: T } | null> {
  if (db.status().state !== 'up') return null;
  const decided = new AbortController();
  const watch = async () => {
    while (db.status().state === 'up') await delay(LOOK_MS, undefined, { signal: decided.signal });
    return null;
  };
  try {
    return await Promise.race([work().then((value) => ({ value })), watch()]);
  } catch (error) {
    if (isDatabaseAway(error)) return null;
    throw error;
  } finally {
    decided.abort();
  }
}
