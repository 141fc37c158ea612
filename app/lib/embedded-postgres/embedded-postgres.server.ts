import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import lockfile from 'proper-lockfile';
import {
  type Access,
  APP_ROLE,
  asSuperuser,
  DATABASE,
  handOver,
  initialise,
  type Passwords,
} from './cluster.server.ts';
import { fileTrouble, type PostgresHome, prepareHome } from './home.server.ts';
import { answers, runningPid, startOrAdopt, stopServer } from './postmaster.server.ts';
import { SOCKET_PORT } from './socket.server.ts';

export interface EmbeddedPostgres {
  /** Connection string of the database, password included: never log it. Another one when the server's socket had to move. */
  readonly url: string;
  /** Starts the server again if it is not running; adopts it if somebody else already did. */
  ensureRunning(): Promise<void>;
  /** Stops the server unless another process still uses it. */
  stop(): Promise<void>;
}

/**
 * A PostgreSQL of this app's own, its data under `dataDir`, reached by a socket that only its own account can open. A server
 * that already runs for that directory is adopted, otherwise one is started, detached, so that it outlives a killed app and
 * is adopted by the next. The app connects as a role that is no superuser.
 * @throws KnownTrouble when `dataDir` cannot be written, its disk is full, or initdb fails
 * @throws Error when this platform's binaries are missing or the server does not come up within 30 s
 */
export async function openEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const { home, passwords } = await prepare(dataDir).catch((error: unknown) => {
    throw fileTrouble(error);
  });
  const start = () => exclusively(home, () => startOrAdopt(home, passwords.superuser));
  let access: Access = { folder: '', password: passwords.superuser };
  access = await exclusively(home, async () => {
    const started = { ...access, folder: await startOrAdopt(home, passwords.superuser) };
    await handOver(started, passwords.app);
    return started;
  });
  // The name tells this process's connections from those of others: a pool says that it has ended before its last one is gone.
  const owner = `outage-center-${randomBytes(4).toString('hex')}`;
  return {
    get url() {
      const at = `${encodeURIComponent(access.folder)}:${SOCKET_PORT}`;
      return `postgresql://${APP_ROLE}:${passwords.app}@${at}/${DATABASE}?application_name=${owner}`;
    },
    ensureRunning: async () => {
      if (!(await answers(access))) access = { ...access, folder: await start() };
    },
    stop: () => stopUnlessUsed(home, access, owner),
  };
}

async function prepare(dataDir: string): Promise<{ home: PostgresHome; passwords: Passwords }> {
  await mkdir(dataDir, { recursive: true });
  const home = await prepareHome(path.resolve(dataDir));
  return { home, passwords: await exclusively(home, () => initialise(home)) };
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

async function stopUnlessUsed(home: PostgresHome, access: Access, owner: string): Promise<void> {
  // When it is not running or not reachable, there is nothing to stop.
  const isUsed = await asSuperuser(access, 'postgres', async (client) => {
    const others = await client.query(
      `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> $1
         AND pid <> pg_backend_pid() LIMIT 1`,
      [owner],
    );
    return others.rowCount !== 0;
  }).catch(() => true);
  const pid = isUsed ? null : await runningPid(home);
  if (pid !== null) await stopServer(home, pid);
}
