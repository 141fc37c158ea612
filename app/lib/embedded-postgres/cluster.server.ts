import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { initdbTrouble, type PostgresHome, serverIdentity } from './home.server.ts';
import { SOCKET_PORT } from './socket.server.ts';

const run = promisify(execFile);
/** Nothing of our own environment, which holds secrets, reaches the server. */
export const SERVER_ENV = { LC_ALL: 'C', NODE_ENV: process.env.NODE_ENV };
const PASSWORD_BYTES = 24;

export interface Passwords {
  superuser: string;
  app: string;
}

/**
 * Makes the cluster, once.
 * @throws KnownTrouble when initdb fails
 */
export async function initialise(home: PostgresHome): Promise<Passwords> {
  const passwordFile = path.join(home.root, 'password');
  const done = path.join(home.root, 'initialised');
  if (!existsSync(done)) {
    await runInitdb(home, passwordFile);
    await writeFile(done, new Date().toISOString());
  }
  return {
    superuser: await readFile(passwordFile, 'utf8'),
    app: await appPassword(path.join(home.root, 'app-password')),
  };
}

/** It can be made anew at any time: each start tells the server. */
async function appPassword(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known.length === PASSWORD_BYTES * 2) return known;
  const made = randomBytes(PASSWORD_BYTES).toString('hex');
  await writeFile(`${file}.new`, made, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return made;
}

async function runInitdb(home: PostgresHome, passwordFile: string): Promise<void> {
  // A half-made cluster of a process that was killed while it ran initdb holds no data yet.
  await rm(home.data, { recursive: true, force: true });
  const password = randomBytes(PASSWORD_BYTES).toString('hex');
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
    ['-D', home.data, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${pwfile}`, ...locale],
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
}

/** The superuser that initdb makes, and the app's database. */
export const SUPERUSER = 'outage_center';
export const DATABASE = 'outage_center';

export interface Access {
  /** Folder of the server's socket. */
  folder: string;
  /** The superuser's. */
  password: string;
}

/** How long the server may take to be reached, and to answer, ms. */
const CONNECT_MS = 2000;
const ANSWER_MS = 60_000;

/** Does something as the superuser, over a connection of its own. */
export async function asSuperuser<T>(
  { folder, password }: Access,
  database: string,
  action: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: folder,
    port: SOCKET_PORT,
    user: SUPERUSER,
    password,
    database,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await action(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
