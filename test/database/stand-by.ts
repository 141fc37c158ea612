import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { prepareHome, serverIdentity } from '../../app/lib/embedded-postgres/home.server.ts';
import type { OwnPostgres } from '../intake/own-postgres.ts';
import { freePort } from '../support/app-process.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { until } from '../support/until.ts';

/** A server that follows another one, byte by byte, and can take its place. */
export interface StandBy {
  /** The app's database on it, by the same role and password as on the other. */
  url: string;
  /** The same as its superuser, which the app is not. */
  superuserUrl: string;
  /** Resolves when it has everything that the other one has at this moment. */
  caughtUp(): Promise<void>;
  /** It hears of nothing any more, and nobody is told: what is written from now on is on the other server alone. */
  cutOff(): Promise<void>;
  /** It takes writes, on a timeline of its own. */
  promote(): Promise<void>;
  remove(): Promise<void>;
}

async function ask<Row extends object>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/**
 * A streaming replica (PostgreSQL's documentation, "Making a Base Backup Using the Low Level API"; the server that comes along
 * has no pg_basebackup).
 */
export async function startStandBy(primary: OwnPostgres): Promise<StandBy> {
  const folder = await makeQuickFolder('standby');
  const home = await prepareHome(folder);
  const data = path.join(folder, 'data');
  const identity = serverIdentity();
  await copyCluster(primary, data);
  const { hostname, port: at, username, password } = new URL(primary.superuserUrl);
  const conninfo = `host=${decodeURIComponent(hostname)} port=${at || '5432'} user=${username} password=${password}`;
  await writeFile(path.join(data, 'standby.signal'), '');
  await appendFile(path.join(data, 'postgresql.auto.conf'), `\nprimary_conninfo = '${conninfo}'\n`);
  await run('chown', ['-R', `${identity?.uid ?? process.getuid!()}`, data]);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  const server = spawn(
    home.bin('postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...identity, cwd: folder, env: { LC_ALL: 'C', NODE_ENV: process.env.NODE_ENV }, stdio: 'ignore' },
  );
  const there = (url: string) => Object.assign(new URL(url), { hostname: '127.0.0.1', port }).href;
  const superuserUrl = there(primary.superuserUrl);
  await until('the stand-by answers', () => ask(superuserUrl, 'SELECT 1'), 60_000);
  return {
    url: there(primary.url),
    superuserUrl,
    async caughtUp() {
      const [now] = await ask<{ at: string }>(primary.superuserUrl, 'SELECT pg_current_wal_lsn() AS at');
      await until('the stand-by has it all', async () => {
        const sql = 'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS has';
        return (await ask<{ has: boolean }>(superuserUrl, sql, [now!.at]))[0]!.has;
      });
    },
    async cutOff() {
      await ask(superuserUrl, "ALTER SYSTEM SET primary_conninfo = ''");
      await ask(superuserUrl, 'SELECT pg_reload_conf()');
      await until('it receives nothing', async () => {
        const receivers = await ask(superuserUrl, 'SELECT FROM pg_stat_wal_receiver');
        return receivers.length === 0;
      });
    },
    promote: async () => void (await ask(superuserUrl, 'SELECT pg_promote(true, 60)')),
    async remove() {
      const isOver = once(server, 'exit');
      if (server.exitCode === null && server.kill('SIGINT')) await isOver;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function copyCluster(primary: OwnPostgres, data: string): Promise<void> {
  const client = new pg.Client({ connectionString: primary.superuserUrl });
  await client.connect();
  try {
    await client.query("ALTER SYSTEM SET wal_keep_size = '512MB'");
    await client.query('SELECT pg_reload_conf()');
    await client.query("SELECT pg_backup_start('stand-by', true)");
    const from = await primary.data();
    await cp(from, data, {
      recursive: true,
      filter: (file) => !/\/(postmaster\.(pid|opts)|pg_wal\/.+|pg_replslot\/.+)$/.test(file),
    });
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    await writeFile(path.join(data, 'backup_label'), rows[0]!.labelfile);
    for (const name of ['pg_wal', 'pg_wal/archive_status', 'pg_wal/summaries', 'pg_replslot'])
      await mkdir(path.join(data, name), { recursive: true });
  } finally {
    await client.end();
  }
}

async function run(command: string, args: string[]): Promise<void> {
  const [code] = (await once(spawn(command, args, { stdio: 'ignore' }), 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${code}`);
}
