import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { seal, SEALED_MARK, unseal, WrongKey } from '../../lib/archive/sealed-file.server.ts';
import { type ArchiveEntry, packTar, unpackTar } from '../../lib/archive/tar.ts';
import { BackupProblem } from './backup-format.ts';

/** Bodies are hexadecimal in it: more effort makes it hardly smaller. */
const COMPRESSION = 3;
const GZIP_MARK = Buffer.of(0x1f, 0x8b);

/**
 * Writes entries to a file that is whole on disk when this resolves, readable by this account only.
 * @param passphrase it is sealed with; null: a plain .tar.gz
 * @throws BackupProblem when the disk does not take it; nothing is left of it then
 */
export async function writeArchive(
  file: string,
  passphrase: string | null,
  entries: AsyncIterable<ArchiveEntry>,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await pipeline(
      Readable.from(packTar(entries)),
      createGzip({ level: COMPRESSION }),
      async function* (packed: AsyncIterable<Buffer>) {
        if (passphrase === null) yield* packed;
        else yield* seal(passphrase, packed);
      },
      createWriteStream(file, { mode: 0o600, flush: true }),
      { signal },
    );
  } catch (error) {
    await rm(file, { force: true }).catch(() => undefined);
    throw writeProblem(file, error);
  }
}

/** Gives a finished file its name, for good. */
export async function publish(partial: string, file: string): Promise<void> {
  await rename(partial, file);
  const folder = await open(path.dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * The entries of a file, in their order.
 * @throws BackupProblem when it is none of ours, the key does not fit, or it is damaged or not complete
 */
export async function* readArchive(file: string, passphrase: string | null): AsyncGenerator<ArchiveEntry> {
  const first = await firstBytes(file);
  const isSealed = first.equals(Buffer.from(SEALED_MARK));
  if (!isSealed && !first.subarray(0, GZIP_MARK.length).equals(GZIP_MARK))
    throw new BackupProblem(`${file} is no backup of Outage Center, or its beginning is damaged.`);
  if (isSealed && passphrase === null)
    throw new BackupProblem(`${file} is encrypted: set BACKUP_KEY to the key that it was made with.`);
  const bytes = createReadStream(file);
  const gunzip = createGunzip();
  const opened = isSealed ? Readable.from(unseal(passphrase!, bytes)) : bytes;
  // What fails before the decompression is told by what comes out of it.
  opened.on('error', (error: Error) => gunzip.destroy(error));
  opened.pipe(gunzip);
  try {
    yield* unpackTar(gunzip);
  } catch (error) {
    throw readProblem(file, error);
  } finally {
    bytes.destroy();
    gunzip.destroy();
  }
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new BackupProblem(
      error.code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${error.code}).`,
    );
  });
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(SEALED_MARK.length),
      0,
      SEALED_MARK.length,
      0,
    );
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw new BackupProblem(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  } finally {
    await handle.close();
  }
}

function writeProblem(file: string, error: unknown): unknown {
  const folder = path.dirname(path.resolve(file));
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new BackupProblem(
        `No backup was made: there is no room for it in ${folder}. Free some, or write it elsewhere.`,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new BackupProblem(`No backup was made: there is no folder ${folder}.`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new BackupProblem(
        `No backup was made: this account may not write to ${folder}. Write it elsewhere, or give the folder to the account.`,
      );
    case undefined:
    default:
      return error;
  }
}

function readProblem(file: string, error: unknown): BackupProblem {
  if (error instanceof BackupProblem) return error;
  if (error instanceof WrongKey)
    return new BackupProblem(`BACKUP_KEY is not the key that ${file} was made with. Nothing was changed.`);
  const why = error instanceof Error ? error.message : String(error);
  return new BackupProblem(
    `${file} is damaged or not complete (${why}): use another backup. Nothing was changed.`,
  );
}
