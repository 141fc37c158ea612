import { createHash, randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { KnownTrouble } from './trouble.ts';

/** One lock for all processes that start together; any constant of our own will do. */
const MIGRATION_LOCK = 7_204_118_001;

/** The table that `prisma migrate` keeps, so that it can take over where its engine is at hand. */
const HISTORY = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY NOT NULL,
  checksum varchar(64) NOT NULL,
  finished_at timestamptz,
  migration_name varchar(255) NOT NULL,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0
)`;

/** How long a process waits until it looks again whether another one is done migrating, ms. */
const TURN_MS = 250;

/**
 * How long a migration waits for a lock, ms: whatever comes after it waits behind it, and a webhook that waits for longer than
 * `DATABASE_TIMEOUT_MS` goes to the spool. A backup or a report may hold a table for minutes.
 */
const LOCK_MS = 1000;
/** SQLSTATE lock_not_available, deadlock_detected: others were at work, and it is tried again. */
const IN_THE_WAY = new Set(['55P03', '40P01']);

/**
 * Applies the migrations in `prisma/migrations` that this database does not have yet: each once, in name
 * order, in a transaction with its row of history, however many processes start together
 * (docs/decisions/0002-migrations.md says why Prisma's own engine does not do it).
 * @param client not connected yet; ended afterwards
 * @param root the folder that holds `prisma/migrations`
 * @returns the names applied now, in order
 * @throws KnownTrouble when the database is of a newer version; pg.DatabaseError when a migration fails; the database is then as it was before that migration
 */
export async function applyMigrations(client: pg.Client, root = process.cwd()): Promise<string[]> {
  const names = await migrationNames(root);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const applied: string[] = [];
    for (const name of await missing(client, names)) {
      if (await apply(client, name, root)) applied.push(name);
    }
    return applied;
  } finally {
    await client.end();
  }
}

/** The migrations that this version has, in their order. */
export async function migrationNames(root = process.cwd()): Promise<string[]> {
  const entries = await readdir(path.join(root, 'prisma', 'migrations'), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * Takes the turn of migrating for the transaction that is open.
 * @returns false when another process has it
 */
export async function takeMigrationTurn(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [
    MIGRATION_LOCK,
  ]);
  return rows[0]!.mine;
}

/** Applies one migration, with its row of history, in the transaction that is open and has the turn. */
export async function applyMigration(
  client: pg.ClientBase,
  name: string,
  root = process.cwd(),
): Promise<void> {
  const sql = await readFile(path.join(root, 'prisma', 'migrations', name, 'migration.sql'), 'utf8');
  await client.query(HISTORY);
  // It may take as long as it takes: nothing else runs before it is done.
  await client.query('SET LOCAL statement_timeout = 0');
  await client.query(sql);
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), createHash('sha256').update(sql).digest('hex'), name],
  );
}

async function missing(client: pg.Client, names: readonly string[]): Promise<string[]> {
  const found = await client.query<{ history: string | null }>(
    "SELECT to_regclass('_prisma_migrations')::text AS history",
  );
  if (!found.rows[0]?.history) return [...names];
  const history = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Set(history.rows.map((row) => row.migration_name));
  refuseNewer([...applied], names);
  return names.filter((name) => !applied.has(name));
}

/**
 * A process that already runs goes on beside newer ones for the length of a deploy; one that starts would not know what the
 * newer ones have made of the tables since.
 * @throws KnownTrouble
 */
function refuseNewer(applied: readonly string[], names: readonly string[]): void {
  const newest = names.at(-1);
  const later = applied.find((name) => newest !== undefined && name > newest && !names.includes(name));
  if (later === undefined) return;
  throw new KnownTrouble({
    kind: 'other',
    sentence: `This database was made by a newer version of Outage Center (it has the migration ${later}).`,
    cure: 'Start that version or a later one; to go back, restore a backup of this version. Webhooks are kept in the spool meanwhile.',
  });
}

/** @returns false when another process has applied it meanwhile */
async function apply(client: pg.Client, name: string, root: string): Promise<boolean> {
  for (;;) {
    await beginInTurn(client);
    try {
      const again = (await missing(client, await migrationNames(root))).includes(name);
      await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
      if (again) await applyMigration(client, name, root);
      await client.query('COMMIT');
      return again;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      if (!IN_THE_WAY.has((error as { code?: string }).code ?? '')) throw error;
      await delay(TURN_MS);
    }
  }
}

/**
 * Opens a transaction that holds the lock; a lock of the session would outlive a process whose connection has gone silent.
 * Tried again and again instead of waited for, so that a wait is told from a lost connection.
 */
async function beginInTurn(client: pg.Client): Promise<void> {
  for (;;) {
    await client.query('BEGIN');
    if (await takeMigrationTurn(client)) return;
    await client.query('ROLLBACK');
    await delay(TURN_MS);
  }
}
