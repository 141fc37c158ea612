import { chmod, chown, lstat, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KnownTrouble } from '../database/trouble.ts';
import { othersCanReach, serverIdentity, type PostgresHome } from './home.server.ts';

/** Nothing listens on it: it is a part of the socket's name. */
export const SOCKET_PORT = 5432;
/** The longest path of a socket, bytes: macOS takes 103, Linux 107 (unix(7), sockaddr_un). */
const LONGEST = 103;
const RANDOM = 'XXXXXX';

const socketFile = (folder: string) => path.join(folder, `.s.PGSQL.${SOCKET_PORT}`);

/**
 * The folder of the server's socket: beside the data, or, where that path is too long for a socket, in a folder for temporary
 * files. Its name cannot be guessed, and nobody but the server's account may enter it. One that is not as it was made is not
 * used again. `socket` remembers it.
 * @throws KnownTrouble when there is no place for it
 */
export async function socketFolder(home: PostgresHome): Promise<string> {
  const remembered = path.join(home.root, 'socket');
  const known = await readFile(remembered, 'utf8').catch(() => '');
  if (known && (await isOursAlone(known))) return known;
  const made = await makeFolder(home.root);
  await writeFile(remembered, made, { mode: 0o600 });
  return made;
}

/** @returns false when it is a link, belongs to another account, or may be entered by others */
async function isOursAlone(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => null);
  const owner = serverIdentity()?.uid ?? process.getuid?.();
  return (found?.isDirectory() ?? false) && found!.uid === owner && (found!.mode & 0o777) === 0o700;
}

async function makeFolder(root: string): Promise<string> {
  const identity = serverIdentity();
  for (const prefix of [
    path.join(root, 'socket-'),
    path.join('/var/tmp', 'outage-center-socket-'),
    path.join(tmpdir(), 'outage-center-socket-'),
  ]) {
    if (Buffer.byteLength(socketFile(prefix + RANDOM)) > LONGEST) continue;
    if (identity && !(await othersCanReach(path.dirname(prefix)).catch(() => false))) continue;
    // A folder of the system's may be missing or closed; where our own is, that has been said before.
    const made = await mkdtemp(prefix).catch(() => null);
    if (made === null) continue;
    if (identity) await chown(made, identity.uid, identity.gid);
    await chmod(made, 0o700);
    return made;
  }
  throw new KnownTrouble({
    kind: 'embedded',
    sentence: 'There is no folder with a path short enough for the socket of the app’s own PostgreSQL.',
    cure: `Set DATA_DIR to a shorter path (the socket’s may have ${LONGEST} bytes), or make /var/tmp writable, and restart the app.`,
  });
}

/** What a server that was killed left there: it would keep the next one off when its process number is in use again. */
export async function clearSocket(folder: string): Promise<void> {
  for (const file of [socketFile(folder), `${socketFile(folder)}.lock`]) await rm(file, { force: true });
}

/** Whether a socket is there, be it in use or not. */
export async function hasSocket(folder: string): Promise<boolean> {
  return (await lstat(socketFile(folder)).catch(() => null))?.isSocket() ?? false;
}
