import { createHash, randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

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

/**
 * Applies the migrations in `prisma/migrations` that this database does not have yet: each once, in name
 * order, in a transaction with its row of history, however many processes start together
 * (docs/decisions/0002-migrations.md says why Prisma's own engine does not do it).
 * @param root the folder that holds `prisma/migrations`
 * @returns the names applied now, in order
 * @throws pg.DatabaseError when a migration fails; the database is then as it was before that migration
 */
export async function applyMigrations(databaseUrl: string, root = process.cwd()): Promise<string[]> {
  const folder = path.join(root, 'prisma', 'migrations');
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(HISTORY);
    const history = await client.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    const applied = new Set(history.rows.map((row) => row.migration_name));
    const missing = names.sort().filter((name) => !applied.has(name));
    for (const name of missing) {
      const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      await client.query('BEGIN');
      await client.query(sql);
      await client.query(
        `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
         VALUES ($1, $2, $3, now(), 1)`,
        [randomUUID(), checksum, name],
      );
      await client.query('COMMIT');
    }
    return missing;
  } finally {
    await client.end();
  }
}
