import type { Queryable } from './reading.ts';

/** What time it is at the database, asked over the connection of a transaction that decides by it. */
export async function databaseNow(db: Queryable): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return rows[0]!.now;
}
