import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { KnownTrouble } from '../database/trouble.ts';
import { type Access, asSuperuser, SERVER_ENV } from './cluster.server.ts';
import { otherVersion, serverIdentity, type PostgresHome } from './home.server.ts';
import { clearSocket, hasSocket, socketFolder, SOCKET_PORT } from './socket.server.ts';

const run = promisify(execFile);
/** How long the server may take to come up, and to go, ms. */
const START_MS = 30_000;
const STOP_MS = 5000;
const LOOK_MS = 40;

/**
 * Adopts the server that runs for this directory, or starts one, detached. One that listens elsewhere than at our socket (as
 * earlier versions had it, or because the socket's folder is gone) is started anew. Only while nobody else does the same.
 * @returns the folder of its socket
 * @throws KnownTrouble when the data is another version's
 * @throws Error when it does not come up within 30 s
 */
export async function startOrAdopt(home: PostgresHome, password: string): Promise<string> {
  await refuseOtherVersion(home);
  const deadline = performance.now() + START_MS;
  const folder = await socketFolder(home);
  let exited = true;
  for (;;) {
    const pid = await runningPid(home);
    if (pid !== null) {
      if (await answers({ folder, password })) return folder;
      if (await listensElsewhere(home, folder)) await stopServer(home, pid);
    } else if (exited) {
      // A server killed a moment ago can still hold its shared memory and refuse the first starts.
      exited = false;
      await clearTraces(home, folder);
      const over = () => (exited = true);
      spawnServer(home, folder).once('exit', over).once('error', over);
    }
    if (performance.now() > deadline) {
      const log = await readFile(home.log, 'utf8').catch(() => '');
      throw new Error(`The embedded PostgreSQL did not start within 30 s. Its log ends: ${log.slice(-600)}`);
    }
    await delay(LOOK_MS);
  }
}

/** @throws KnownTrouble instead of a server that ends at once, again and again */
async function refuseOtherVersion(home: PostgresHome): Promise<void> {
  const data = (await readFile(path.join(home.data, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  const { stdout } = await run(home.bin('postgres'), ['--version'], { env: SERVER_ENV, ...serverIdentity() });
  const server = /(\d+)(?:\.|\w|$)/.exec(stdout)?.[1];
  if (data !== '' && server !== undefined && data !== server)
    throw new KnownTrouble(otherVersion(data, server));
}

/** Whether the server is there and lets us in. */
export async function answers(access: Access): Promise<boolean> {
  return asSuperuser(access, 'postgres', () => Promise.resolve(true)).catch(() => false);
}

/** Ends it with its connections, and waits until it is gone, 5 s at most. */
export async function stopServer(home: PostgresHome, pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  const deadline = performance.now() + STOP_MS;
  while (existsSync(pidFile(home)) && performance.now() < deadline) await delay(LOOK_MS);
}

const pidFile = (home: PostgresHome) => path.join(home.data, 'postmaster.pid');
/** What PostgreSQL writes into it, line by line (src/include/utils/pidfile.h). */
const PID_LINE = 0;
const SOCKET_LINE = 4;
const STATUS_LINE = 7;

/**
 * What a killed server left would keep the next one off when its process number belongs to somebody else by now: in a container
 * they begin anew with each start. Whether processes of it are still there PostgreSQL knows by its shared memory.
 */
async function clearTraces(home: PostgresHome, folder: string): Promise<void> {
  await clearSocket(folder);
  const pid = Number((await readPidFile(home))[PID_LINE]);
  if (pid > 0 && (await commandLine(pid)) !== '') await rm(pidFile(home), { force: true });
}

async function readPidFile(home: PostgresHome): Promise<string[]> {
  return (await readFile(pidFile(home), 'utf8').catch(() => '')).split('\n');
}

/**
 * The process of the server that runs for this directory; null also when another process has got the number of one that is
 * gone: even one that reads the server's log is not the server, and must not be signalled for it.
 */
export async function runningPid(home: PostgresHome): Promise<number | null> {
  const pid = Number((await readPidFile(home))[PID_LINE]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return (await commandLine(pid)).includes(`postgres -D ${home.data} `) ? pid : null;
}

/** As `ps` shows it, the arguments with spaces between. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux')
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  const listed = await run('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => null);
  return listed?.stdout ?? '';
}

async function listensElsewhere(home: PostgresHome, folder: string): Promise<boolean> {
  const lines = await readPidFile(home);
  if (lines[STATUS_LINE]?.trim() !== 'ready') return false;
  return lines[SOCKET_LINE] !== folder || !(await hasSocket(folder));
}

/**
 * A quarter of the machine's memory, as PostgreSQL advises, between its default and 512 MB. With less than the indexes
 * need, commits wait behind pages that are written back: under load p99 of a webhook was 1.6 times as long (docs/bench.md).
 * @param bytes of memory that this machine or container has
 */
export function sharedBuffersMb(bytes: number): number {
  return Math.min(512, Math.max(128, Math.floor(bytes / 4 / 2 ** 20)));
}

function spawnServer(home: PostgresHome, folder: string) {
  const log = openSync(home.log, 'a', 0o600);
  const settings = {
    listen_addresses: '',
    // A list, in which names with commas stand in quotation marks.
    unix_socket_directories: `"${folder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
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
      String(SOCKET_PORT),
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
