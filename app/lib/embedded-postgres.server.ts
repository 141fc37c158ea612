import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, openSync, closeSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import lockfile from 'proper-lockfile';
import { fileTrouble, initdbTrouble } from './embedded-trouble.ts';
import { prepareHome, serverIdentity, type PostgresHome } from './embedded-postgres-home.server.ts';

const run = promisify(execFile);
const USER = 'outage_center';
/** Nothing of our own environment, which holds secrets, reaches the server. */
const SERVER_ENV = { LC_ALL: 'C', NODE_ENV: process.env.NODE_ENV };

export interface EmbeddedPostgres {
  /** Connection string of the database, password included: never log it. */
  url: string;
  /** Starts the server again if it is not running; adopts it if somebody else already did. */
  ensureRunning(): Promise<void>;
  /** Stops the server unless another process still uses it. */
  stop(): Promise<void>;
}

/**
 * A PostgreSQL of this app's own, its data under `dataDir`. A server that already runs for that directory
 * is adopted, otherwise one is started, detached, so that it outlives a killed app and is adopted by the next.
 * @throws KnownTrouble when `dataDir` cannot be written, its disk is full, or initdb fails
 * @throws Error when this platform's binaries are missing or the server does not come up within 30 s
 */
export async function openEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const { home, password } = await prepare(dataDir).catch((error: unknown) => {
    throw fileTrouble(error);
  });
  const port = await exclusively(home, () => startOrAdopt(home, password));
  // The name tells this process's connections from those of others: a pool says that it has ended before its last one is gone.
  const owner = `outage-center-${randomBytes(4).toString('hex')}`;
  const url = `postgresql://${USER}:${password}@127.0.0.1:${port}/${USER}?application_name=${owner}`;
  await createDatabase(port, password);
  return {
    url,
    ensureRunning: async () => {
      if ((await runningPort(home, password)) === port) return;
      await exclusively(home, () => startOrAdopt(home, password, port));
    },
    stop: () => stopUnlessUsed(home, url),
  };
}

async function prepare(dataDir: string): Promise<{ home: PostgresHome; password: string }> {
  await mkdir(dataDir, { recursive: true });
  const home = await prepareHome(path.resolve(dataDir));
  return { home, password: await exclusively(home, () => initialise(home)) };
}

/** Processes that start together take turns; a killed holder's lock is stale after 10 s. */
async function exclusively<T>(home: PostgresHome, action: () => Promise<T>): Promise<T> {
  const release = await lockfile.lock(home.root, {
    lockfilePath: path.join(home.root, 'start.lock'),
    stale: 10_000,
    retries: { retries: 200, minTimeout: 50, maxTimeout: 250 },
  });
  try {
    return await action();
  } finally {
    await release();
  }
}

async function initialise(home: PostgresHome): Promise<string> {
  const passwordFile = path.join(home.root, 'password');
  const done = path.join(home.root, 'initialised');
  if (existsSync(done)) return readFile(passwordFile, 'utf8');
  // A half-made cluster of a process that was killed while it ran initdb holds no data yet.
  await rm(home.data, { recursive: true, force: true });
  const password = randomBytes(24).toString('hex');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const pwfile = path.join(home.root, 'initdb-password');
  await writeFile(pwfile, password, { mode: 0o600 });
  await mkdir(home.data);
  await chmod(home.data, 0o700);
  const identity = serverIdentity();
  if (identity) {
    await chown(home.data, identity.uid, identity.gid);
    await chown(pwfile, identity.uid, identity.gid);
  }
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '-E', 'UTF8'];
  await run(
    home.bin('initdb'),
    ['-D', home.data, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${pwfile}`, ...locale],
    {
      ...identity,
      cwd: home.root,
      env: SERVER_ENV,
    },
  ).catch(async (error: unknown) => {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}` || String(error);
    // There is no server yet whose log this could be, and the next try overwrites it.
    await writeFile(home.log, said, { mode: 0o600 }).catch(() => undefined);
    throw initdbTrouble(error, said);
  });
  await rm(pwfile);
  await writeFile(done, new Date().toISOString());
  return password;
}

async function startOrAdopt(home: PostgresHome, password: string, wantedPort?: number): Promise<number> {
  const deadline = Date.now() + 30_000;
  const port = wantedPort ?? (await choosePort(home));
  let exited = true;
  for (;;) {
    const running = await runningPort(home, password);
    if (running !== null) return running;
    // A server killed a moment ago can still hold its shared memory and refuse the first starts.
    if (exited) {
      exited = false;
      spawnServer(home, port).once('exit', () => (exited = true));
    }
    if (Date.now() > deadline) {
      const log = await readFile(home.log, 'utf8').catch(() => '');
      throw new Error(`The embedded PostgreSQL did not start within 30 s. Its log ends: ${log.slice(-600)}`);
    }
    await delay(40);
  }
}

/**
 * A quarter of the machine's memory, as PostgreSQL advises, between its default and 512 MB. With less than the indexes
 * need, commits wait behind pages that are written back: under load p99 of a webhook was 1.6 times as long (docs/bench.md).
 * @param bytes of memory that this machine or container has
 */
export function sharedBuffersMb(bytes: number): number {
  return Math.min(512, Math.max(128, Math.floor(bytes / 4 / 2 ** 20)));
}

function spawnServer(home: PostgresHome, port: number) {
  const log = openSync(home.log, 'a', 0o600);
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: `${sharedBuffersMb(Math.min(totalmem(), process.constrainedMemory() || Infinity))}MB`,
    max_wal_size: '2GB',
    // Log files are kept for reuse: making one of 16 MB stops every commit for 12 to 50 ms.
    min_wal_size: '512MB',
    log_min_messages: 'warning',
  };
  const child = spawn(
    home.bin('postgres'),
    [
      '-D',
      home.data,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    {
      ...serverIdentity(),
      cwd: home.data,
      detached: true,
      stdio: ['ignore', log, log],
      env: SERVER_ENV,
    },
  );
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
  return child;
}

/** The port of a server that runs for this directory and lets us in, else null. */
async function runningPort(home: PostgresHome, password: string): Promise<number | null> {
  const pidFile = await readFile(path.join(home.data, 'postmaster.pid'), 'utf8').catch(() => '');
  const port = Number(pidFile.split('\n')[3]);
  if (!Number.isInteger(port) || port <= 0) return null;
  const client = adminClient(port, password);
  try {
    await client.connect();
    return port;
  } catch {
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function adminClient(port: number, password: string) {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: USER,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 2000,
  });
  client.on('error', () => undefined);
  return client;
}

/** The port of the last start if it is free, else a free one below the ephemeral range (a port in it can connect to itself). */
async function choosePort(home: PostgresHome): Promise<number> {
  const file = path.join(home.root, 'port');
  const last = Number(await readFile(file, 'utf8').catch(() => '0'));
  const candidates = [
    last,
    ...Array.from({ length: 50 }, () => 20_000 + (randomBytes(2).readUInt16BE() % 12_000)),
  ];
  for (const port of candidates) {
    if (port > 0 && (await isFree(port))) {
      await writeFile(file, String(port));
      return port;
    }
  }
  throw new Error('No free port between 20000 and 32000 for the embedded PostgreSQL.');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function createDatabase(port: number, password: string): Promise<void> {
  const client = adminClient(port, password);
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [USER]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${USER}`);
  } catch (error) {
    // Another process created it between the look and the deed.
    if (!(error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505')))
      throw error;
  } finally {
    await client.end();
  }
}

async function stopUnlessUsed(home: PostgresHome, url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const others = await client.query(
      `SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend'
         AND application_name <> current_setting('application_name') LIMIT 1`,
    );
    if (others.rowCount) return;
    const pidFile = await readFile(path.join(home.data, 'postmaster.pid'), 'utf8');
    process.kill(Number(pidFile.split('\n')[0]), 'SIGINT');
  } catch {
    // Not running, or not reachable: there is nothing to stop.
  } finally {
    await client.end().catch(() => undefined);
  }
  const deadline = Date.now() + 5000;
  while (existsSync(path.join(home.data, 'postmaster.pid')) && Date.now() < deadline) await delay(20);
}
