import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import lockfile from 'proper-lockfile';

/** A folder is one process's, until that is gone. */
export interface DataDirLock {
  /** Why nothing is locked, in words for the log, e.g. because the folder cannot be written; null when it is locked. */
  readonly problem: string | null;
  release(): Promise<void>;
}

const NAME = 'app.sock';
/** The longest path of a socket, bytes, on every platform (unix(7), sockaddr_un). */
const LONGEST = 103;
/** Whoever holds the folder says its process number within this time, ms; one that was stopped says nothing. */
const ANSWER_MS = 1000;

/** The folder is another process's, or none at all; the message says so, and what to do. */
class DataDirRefused extends Error {}

/** What the file system says where a file, or a link to nowhere, stands in the folder's way. */
const NO_FOLDER = new Set(['EEXIST', 'ENOTDIR', 'ENOENT', 'ELOOP']);

/**
 * Makes a folder this process's own: its spool has one writer. The lock is a socket that this process listens at, so the
 * kernel takes it back with the process however that ends, and a process of another container with the same volume meets it, too.
 * Where there can be none, the app goes on without: the folder's trouble is told of elsewhere.
 * @param dataDir made when it is missing
 * @throws Error with a sentence for the operator when another process holds it, or it cannot be a folder
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const folder = path.resolve(dataDir);
  try {
    await makeFolder(folder);
    // Two that find a dead one's socket at once must not each remove the other's.
    const leave = await lockfile.lock(folder, {
      lockfilePath: path.join(folder, `${NAME}.lock`),
      stale: 5000,
      retries: { retries: 100, minTimeout: 50, maxTimeout: 200 },
      onCompromised: () => undefined,
    });
    try {
      return await hold(folder);
    } finally {
      await leave().catch(() => undefined);
    }
  } catch (error) {
    if (error instanceof DataDirRefused) throw error;
    return unlocked(error instanceof Error ? error.message : String(error));
  }
}

const unlocked = (problem: string): DataDirLock => ({ problem, release: () => Promise.resolve() });

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (!NO_FOLDER.has(error.code ?? '')) throw error;
    throw new DataDirRefused(
      `DATA_DIR (${folder}) is no folder: a file or a broken link is in its way. Move that away, or set DATA_DIR to a folder.`,
    );
  });
}

async function hold(folder: string): Promise<DataDirLock> {
  const handle = await open(folder);
  try {
    const socket = pathOfSocket(folder, handle);
    const holder = await askHolder(socket);
    if (holder !== null)
      throw new DataDirRefused(
        `DATA_DIR (${folder}) is in use by another Outage Center${holder && `, process ${holder}`}: stop that one, or set DATA_DIR to another folder.`,
      );
    await rm(path.join(folder, NAME), { force: true });
    const server = await listen(socket);
    return {
      problem: null,
      async release() {
        // Removes the socket, by the path that it was made by: the folder has to stay open until then.
        await new Promise((resolve) => server.close(resolve));
        await handle.close();
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Linux reaches a file also by the descriptor of its folder, a short path however long the folder's is. */
function pathOfSocket(folder: string, handle: FileHandle): string {
  const direct = path.join(folder, NAME);
  if (Buffer.byteLength(direct) <= LONGEST) return direct;
  if (process.platform === 'linux') return `/proc/self/fd/${handle.fd}/${NAME}`;
  throw new Error('its path is too long for a socket');
}

/** @returns who listens there: a process number, '' when it does not say; null when nobody does */
function askHolder(socket: string): Promise<string | null> {
  return new Promise((resolve) => {
    let said = '';
    let isThere = false;
    const asking = connect(socket);
    const patience = setTimeout(() => asking.destroy(), ANSWER_MS);
    asking.setEncoding('utf8');
    asking.on('connect', () => (isThere = true));
    asking.on('data', (text: string) => (said += text));
    asking.on('error', () => undefined);
    asking.on('close', () => {
      clearTimeout(patience);
      resolve(isThere ? said.replace(/\D/g, '') : null);
    });
  });
}

function listen(socket: string): Promise<Server> {
  const server = createServer((asking) => {
    asking.on('error', () => undefined);
    asking.end(`${process.pid}\n`);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, () => {
      server.unref();
      resolve(server);
    });
  });
}
