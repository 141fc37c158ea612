import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createPool } from '../../app/lib/database/database.server.ts';
import { openEmbeddedPostgres } from '../../app/lib/embedded-postgres/embedded-postgres.server.ts';
import { applyMigrations } from '../../app/lib/database/migrate.server.ts';
import { superuserUrl } from '../support/data-dir.ts';
import { cpuOf } from './cpu.ts';

export interface BenchServer {
  /** The app's own, migrated. */
  url: string;
  /** The bench's connections to the app's database. */
  pool: pg.Pool;
  /** Another database of the same server, for a counterpart. */
  create(name: string): Promise<{ url: string; pool: pg.Pool }>;
  /** A folder for the app's own files. */
  dataDir: string;
  /** Writes what is dirty and collects statistics, so that a round does not pay for the one before. */
  settle: () => Promise<void>;
  /** Settings of the server that hold from each session's next statement on. */
  configure(settings: Record<string, string>): Promise<void>;
  /** CPU that the server's processes have used so far, ms; NaN where the system does not tell. */
  cpu(): Promise<number>;
  version: string;
  stop: () => Promise<void>;
}

/** A PostgreSQL of one benchmark's own, with the settings that the app gives its embedded server. */
export async function startBenchServer(): Promise<BenchServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'outage-center-bench-'));
  // Open to others, or a server started by root would put its data, beyond our removal, somewhere else.
  await chmod(folder, 0o755);
  const server = await openEmbeddedPostgres(path.join(folder, 'server'));
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  await applyMigrations(new pg.Client(server.url)).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const pool = createPool(server.url, 4);
  // What only a superuser may do; the app itself never connects as one.
  const superuser = createPool(await superuserUrl(path.join(folder, 'server'), server.url), 1);
  await fillLog(superuser);
  const pools = [pool, superuser];
  const { rows } = await superuser.query<{ version: string; folder: string }>(
    "SELECT current_setting('server_version') AS version, current_setting('data_directory') AS folder",
  );
  const postmaster = parseInt(await readFile(path.join(rows[0]!.folder, 'postmaster.pid'), 'utf8'), 10);
  return {
    url: server.url,
    pool,
    dataDir: path.join(folder, 'app'),
    version: rows[0]!.version,
    cpu: () => cpuOf(postmaster, 'with its children'),
    async create(name) {
      await pool.query(`CREATE DATABASE ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      const other = createPool(url.href, 2);
      pools.push(other);
      return { url: url.href, pool: other };
    },
    async configure(settings) {
      for (const [name, value] of Object.entries(settings))
        await superuser.query(`ALTER SYSTEM SET ${name} = ${pg.escapeLiteral(value)}`);
      await superuser.query('SELECT pg_reload_conf()');
    },
    async settle() {
      for (const each of pools) await each.query('VACUUM (ANALYZE)');
      await superuser.query('CHECKPOINT');
    },
    async stop() {
      for (const each of pools) await each.end();
      await stop();
    },
  };
}

const LOG_MB = 480;

/**
 * Writes as much log as a server keeps for reuse (`min_wal_size`), so that every side meets one that has been in use:
 * in a new one each 16 MB begin with making a file.
 */
async function fillLog(pool: pg.Pool): Promise<void> {
  const megabyte = Buffer.alloc(1 << 20);
  for (let n = 0; n < LOG_MB; n += 1)
    await pool.query("SELECT pg_logical_emit_message(false, 'bench', $1::bytea)", [megabyte]);
  await pool.query('SELECT pg_switch_wal()');
  await pool.query('CHECKPOINT');
}
