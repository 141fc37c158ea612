import { withDatabase } from '../../lib/database/database-address.ts';
import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { isAlive } from '../processes/liveness.ts';

/** What PostgreSQL says to a user who may not create databases. */
const INSUFFICIENT_PRIVILEGE = '42501';
const NAME = /^[\w-]{1,40}_drill_\d+$/;

/** The name of a drill's own database, on the server of the app's. */
export async function nameDrillDatabase(pool: pg.Pool, drillId: number): Promise<string> {
  const { rows } = await pool.query<{ name: string }>('SELECT current_database() AS name');
  return `${rows[0]!.name.replaceAll(/[^\w-]/g, '_').slice(0, 40)}_drill_${drillId}`;
}

/** @throws with a sentence for people when it cannot be made */
export async function createDrillDatabase(pool: pg.Pool, name: string): Promise<void> {
  try {
    await pool.query(`CREATE DATABASE ${quoted(name)} TEMPLATE template0`);
  } catch (error) {
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new Error(
      'A drill needs a database of its own, and the database user may not create one: ALTER ROLE … CREATEDB.',
      { cause: error },
    );
  }
}

/** What a killed process left of a drill. */
export interface LostWorld {
  id: number;
  database: string;
  reason: string;
  endedAt: Date;
}

/** Takes over the databases of drills that are over and whose process is gone. @returns those whose people were told of an outage */
export async function takeLostWorlds({ db, processId }: Services): Promise<LostWorld[]> {
  await db.pool.query(
    `UPDATE drill_runs d SET owner = $1 WHERE database IS NOT NULL AND ended_at IS NOT NULL AND owner <> $1
       AND NOT ${isAlive('d.owner')}`,
    [processId],
  );
  const { rows } = await db.pool.query<LostWorld>(
    `SELECT id, database, end_reason AS reason, ended_at AS "endedAt" FROM drill_runs
     WHERE database IS NOT NULL AND ended_at IS NOT NULL AND owner = $1 AND notify = 'marked' AND broken_at IS NOT NULL`,
    [processId],
  );
  return rows;
}

/** Removes the databases of this process's drills that are over, but for those that are still needed. */
export async function dropDrillDatabases(
  { db, processId }: Services,
  needed: readonly number[],
): Promise<void> {
  const { rows } = await db.pool.query<{ id: number; database: string }>(
    `SELECT id, database FROM drill_runs
     WHERE database IS NOT NULL AND ended_at IS NOT NULL AND owner = $1 AND id <> ALL($2::bigint[])`,
    [processId, needed],
  );
  for (const { id, database } of rows) {
    await db.pool.query(`DROP DATABASE IF EXISTS ${quoted(database)} WITH (FORCE)`);
    await db.pool.query('UPDATE drill_runs SET database = NULL WHERE id = $1', [id]);
  }
}

/** The address of a drill's database. @param databaseUrl the app's own */
export function drillDatabaseUrl(databaseUrl: string, database: string): string {
  return withDatabase(databaseUrl, database);
}

function quoted(name: string): string {
  if (!NAME.test(name)) throw new Error(`"${name}" is not the name of a drill's database.`);
  return `"${name}"`;
}
