import { open, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { spoolFileName, type SpoolOwner } from './spool-file-name.ts';

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
