import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';

/** Another process took the file over, in the belief that this one is dead. */
export class SpoolFileTaken extends Error {}

/** A spool file of this process: written by it, or taken over from one that is dead. */
export interface SpoolFile {
  /** Stays the same when the file changes hands: the key of its row in `spool_imports`. */
  readonly id: string;
  path: string;
  handle: FileHandle;
  /** Bytes that are whole records on disk; null until a file that was taken over has been scanned. */
  end: number | null;
  /** Bytes that are in the database; null until `spool_imports` was asked. */
  imported: number | null;
  /** All records in it, and those not yet imported. */
  total: number;
  left: number;
  /** When the oldest record was received, or the file was found. */
  since: Date;
}

/** @throws Error when the disk refuses; nothing is left behind then */
export async function createSpoolFile(folder: string, id: string, owner: SpoolOwner): Promise<SpoolFile> {
  const file = path.join(folder, spoolFileName(id, owner));
  const handle = await open(file, 'wx+', 0o600);
  try {
    await syncFolder(folder);
  } catch (error) {
    await handle.close();
    await unlink(file).catch(() => undefined);
    throw error;
  }
  return { id, path: file, handle, end: 0, imported: 0, total: 0, left: 0, since: new Date() };
}

/**
 * Claims a dead process's file by renaming it.
 * @returns null when another process was quicker
 */
export async function takeOverSpoolFile(
  folder: string,
  name: string,
  id: string,
  owner: SpoolOwner,
): Promise<SpoolFile | null> {
  const mine = path.join(folder, spoolFileName(id, owner));
  const found = path.join(folder, name);
  try {
    if (found !== mine) await rename(found, mine);
    await syncFolder(folder);
    const handle = await open(mine, 'r+');
    return { id, path: mine, handle, end: null, imported: null, total: 0, left: 0, since: new Date() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Writes and fsyncs behind the last whole record.
 * @throws SpoolFileTaken, or Error when the disk refuses: nothing may be acknowledged then
 */
export async function appendToSpoolFile(file: SpoolFile, bytes: Buffer): Promise<void> {
  const { handle, end } = file;
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, end! + done);
    done += bytesWritten;
  }
  await handle.datasync();
  // Looked at after the write: whoever takes the file over later renames first and reads then.
  const [named, held] = await Promise.all([stat(file.path).catch(() => null), handle.stat()]);
  if (named?.ino !== held.ino) throw new SpoolFileTaken();
  file.end = end! + bytes.length;
}

/** A new or renamed file is only durable with its folder. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Who writes a spool file; host and pid tell whether that process still lives. */
export interface SpoolOwner {
  /** Digest of the host's name: pids of another machine or container mean nothing here. */
  host: string;
  pid: number;
  /** Beginning of the process's random id: containers can have host name and pid in common. */
  process: string;
}

/** `<id>.<host>.<pid>.<process>.spool`, with host `free` when its process ended in good order. */
const NAME = /^([0-9a-f-]{8,80})\.([0-9a-f]{8}|free)\.(\d{1,10})\.([0-9a-f]{8})\.spool$/;

export const NOBODY: SpoolOwner = { host: 'free', pid: 0, process: '00000000' };

export function spoolFileName(id: string, owner: SpoolOwner): string {
  return `${id}.${owner.host}.${owner.pid}.${owner.process}.spool`;
}

/** @returns null for a name that is not a spool file's */
export function parseSpoolFileName(name: string): { id: string; owner: SpoolOwner } | null {
  const match = NAME.exec(name);
  return match && { id: match[1]!, owner: { host: match[2]!, pid: Number(match[3]), process: match[4]! } };
}

export interface LivenessInput {
  owner: SpoolOwner;
  self: SpoolOwner;
  /** When this process started; a container's first process has the same pid each time. */
  selfStartedAt: Date;
  /** Owners touch their files every 2 s. */
  touchedAt: Date;
  now: Date;
  pidAlive: (pid: number) => boolean;
}

/** After this long without a touch an owner counts as dead, in ms. */
const SILENCE_MS = 10_000;

/**
 * Whether a file may be taken over. A wrong yes loses nothing: the owner notices that its file is gone and
 * writes the records again, and the unique dedupe key drops the second copy.
 */
export function ownerIsDead(input: LivenessInput): boolean {
  const { owner, self, selfStartedAt, touchedAt, now, pidAlive } = input;
  if (owner.host === NOBODY.host) return true;
  if (now.getTime() - touchedAt.getTime() > SILENCE_MS) return true;
  if (owner.host !== self.host) return false;
  if (owner.pid === self.pid) return owner.process === self.process || touchedAt < selfStartedAt;
  return !pidAlive(owner.pid);
}

/**
 * `refused`: a whole record that PostgreSQL does not take, in the form and by the name of a spool file, so that moving it
 * up into the spool folder has it tried again. `damaged`: bytes that are no record any more, by a name that is no spool
 * file's: tried again they would be cut off as a torn end.
 */
export type QuarantineKind = 'refused' | 'damaged';

/**
 * Puts bytes where nothing is imported from and a person can look, one file each.
 * @throws Error when the disk refuses
 */
export async function quarantine(
  spoolFolder: string,
  id: string,
  kind: QuarantineKind,
  bytes: Buffer,
): Promise<void> {
  const folder = quarantineFolder(spoolFolder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = kind === 'refused' ? spoolFileName(id, NOBODY) : `${id}.damaged`;
  const handle = await open(path.join(folder, name), 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
}

/** How many files are set aside: a webhook each, or a damaged stretch that held one at least. */
export async function countQuarantined(spoolFolder: string): Promise<number> {
  const names = await readdir(quarantineFolder(spoolFolder)).catch(() => []);
  return names.filter((name) => /\.(spool|damaged)$/.test(name)).length;
}

function quarantineFolder(spoolFolder: string): string {
  return path.join(spoolFolder, 'quarantine');
}
