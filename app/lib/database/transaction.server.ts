import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Database } from './database.server.ts';
import { isPassing, troubleOf } from './trouble.ts';

/**
 * Runs `work` in one transaction of its own connection.
 * @param work commits when it resolves; rolls back when it throws, or when it resolves to what `undo` accepts
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  undo: (result: T) => boolean = () => false,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query(undo(result) ? 'ROLLBACK' : 'COMMIT');
    client.release();
    return result;
  } catch (error) {
    const failed = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    );
    // A connection that cannot even roll back is broken: the pool must not hand it out again.
    client.release(failed);
    throw error;
  }
}

/** The database went away. `sure`: nothing was changed; otherwise it stopped answering at the commit itself. */
export interface DatabaseAway {
  outcome: 'database_away';
  sure: boolean;
}

/**
 * A transaction that somebody waits for at the screen: when the database stops answering it is given up, for good, and
 * says so, instead of hanging and taking effect long after whoever asked for it has gone.
 */
export async function inTransactionUnlessAway<T>(
  db: Database,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T | DatabaseAway> {
  let state: 'working' | 'given_up' | 'committing' = 'working';
  const done = await unlessAway(db, () =>
    inTransaction(db.pool, async (client) => {
      const result = await work(client);
      if (state === 'given_up') throw new Error('Given up: the database did not answer in time.');
      state = 'committing';
      return result;
    }),
  );
  if (done) return done.value;
  const sure = (state as string) !== 'committing';
  if (sure) state = 'given_up';
  return { outcome: 'database_away', sure };
}

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

/** What PostgreSQL says when it ended a statement that took too long: it is there. */
const TOO_SLOW = '57014';

/** Whether a failure only says that the database does not answer; every other one is a bug or a refused statement. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  if (!(error instanceof Error) || (error as { code?: unknown }).code === TOO_SLOW) return false;
  return isPassing(troubleOf(error).kind);
}
