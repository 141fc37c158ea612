import type pg from 'pg';
import type { Config } from '../settings/config.ts';

/** What one statement at a time is asked of: the pool, or the connection of a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** As much of the services as a read needs, so that a transaction can decide on what it reads itself. */
export interface ReadServices {
  config: Config;
  db: { readonly pool: Queryable };
}

/** What time it is at the database, asked over the connection of a transaction that decides by it. */
export async function databaseNow(db: Queryable): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return rows[0]!.now;
}
