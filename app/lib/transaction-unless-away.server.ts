import type pg from 'pg';
import type { Database } from './database.server.ts';
import { inTransaction } from './transaction.server.ts';
import { unlessAway } from './unless-away.server.ts';

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
