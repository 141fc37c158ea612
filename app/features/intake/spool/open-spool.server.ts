import { hash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, truncate, unlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Logger } from '../../../lib/log.server.ts';
import type { InboxRow } from '../inbox-row.ts';
import {
  type QuarantineKind,
  type SpoolFile,
  countQuarantined,
  quarantine,
  appendToSpoolFile,
  createSpoolFile,
  NOBODY,
  ownerIsDead,
  parseSpoolFileName,
  spoolFileName,
  SpoolFileTaken,
  syncFolder,
  takeOverSpoolFile,
} from './spool-file.server.ts';
import { scanSpoolFile } from './read-spool.server.ts';
import { encodeSpoolRecord } from './spool-record.ts';

/** Webhooks on disk that are not in the database yet; written by this process or taken over from a dead one. */
export interface Spool {
  /** Oldest first; this process appends to the last one. */
  files(): readonly SpoolFile[];
  /** @throws Error when the disk refuses: none of the rows may be acknowledged then */
  append(rows: readonly InboxRow[]): Promise<void>;
  /** Whether new records may still be appended to this file. */
  isActive(file: SpoolFile): boolean;
  /** No more records go into this file; the next ones go into a new one. */
  seal(file: SpoolFile): void;
  /** Takes over the files of processes that are gone. */
  adopt(): Promise<void>;
  /** Finds the end of a file that was taken over, and cuts off a torn last record; done once a file. */
  scan(file: SpoolFile): Promise<void>;
  /** Deletes a file that is imported to its end. @throws Error when it is not */
  remove(file: SpoolFile): Promise<void>;
  /** Sets bytes aside that cannot be imported, as `id`; they are not tried again by themselves. */
  setAside(id: string, kind: QuarantineKind, bytes: Buffer): Promise<void>;
  /** Tells other processes that the owner of these files lives. */
  touch(): Promise<void>;
  spooled(): number;
  since(): Date | null;
  quarantined(): number;
  /** Closes the files and leaves what is in them to whoever starts next. */
  close(): Promise<void>;
}

export function openSpool(options: { folder: string; processId: string; log: Logger }): Spool {
  const { folder, processId, log } = options;
  const self = {
    host: hash('sha256', hostname(), 'hex').slice(0, 8),
    pid: process.pid,
    process: processId.slice(0, 8),
  };
  const selfStartedAt = new Date(Date.now() - process.uptime() * 1000);
  const files: SpoolFile[] = [];
  let active: SpoolFile | null = null;
  let quarantined = 0;
  let adoptedBefore = false;

  async function drop(file: SpoolFile) {
    if (active === file) active = null;
    const index = files.indexOf(file);
    if (index !== -1) files.splice(index, 1);
    await file.handle.close().catch(() => undefined);
    await unlink(file.path).catch(() => undefined);
  }

  async function openActive(since: Date): Promise<SpoolFile> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await createSpoolFile(folder, `${processId}-${randomBytes(4).toString('hex')}`, self);
    file.since = since;
    files.push(file);
    return file;
  }

  async function append(rows: readonly InboxRow[], again: boolean): Promise<void> {
    const file = (active ??= await openActive(rows[0]!.receivedAt));
    try {
      await appendToSpoolFile(file, Buffer.concat(rows.map(encodeSpoolRecord)));
      file.total += rows.length;
      file.left += rows.length;
    } catch (error) {
      // After a failed write or fsync nobody knows what is behind the last whole record: a new file next time.
      active = null;
      if (file.end === 0) await drop(file);
      else await truncate(file.path, file.end!).catch(() => undefined);
      if (!(error instanceof SpoolFileTaken) || !again) throw error;
      await append(rows, false);
    }
  }

  return {
    files: () => files,
    isActive: (file) => file === active,
    seal: (file) => {
      if (file === active) active = null;
    },
    spooled: () => files.reduce((sum, file) => sum + file.left, 0),
    since: () => files[0]?.since ?? null,
    quarantined: () => quarantined,
    append: (rows) => append(rows, true),

    async adopt() {
      quarantined = await countQuarantined(folder);
      const now = new Date();
      for (const name of (await readdir(folder).catch(() => [])).sort()) {
        const parsed = parseSpoolFileName(name);
        if (!parsed || files.some((file) => file.id === parsed.id)) continue;
        const found = await stat(path.join(folder, name)).catch(() => null);
        if (!found?.isFile()) continue;
        const { owner, id } = parsed;
        // One of ours that is not in the list is from before a restart, or is just being made.
        if (owner.process === self.process && adoptedBefore) continue;
        if (!ownerIsDead({ owner, self, selfStartedAt, touchedAt: found.mtime, now, pidAlive })) continue;
        const file = await takeOverSpoolFile(folder, name, id, self);
        if (!file) continue;
        log.warn({ file: id, bytes: found.size }, 'spool file of an ended process taken over');
        // Before the file that is being written: what it holds is older.
        files.splice(active ? files.indexOf(active) : files.length, 0, file);
      }
      adoptedBefore = true;
    },

    async scan(file) {
      if (file.end === null) await scanSpoolFile(file, log);
    },

    async remove(file) {
      if (file.end === null || file.imported !== file.end)
        throw new Error('a spool file that is not imported to its end is not deleted');
      await drop(file);
      await syncFolder(folder).catch(() => undefined);
    },

    async setAside(id, kind, bytes) {
      await quarantine(folder, id, kind, bytes);
      quarantined = await countQuarantined(folder);
    },

    async touch() {
      const now = new Date();
      for (const file of files) await utimes(file.path, now, now).catch(() => undefined);
    },

    async close() {
      active = null;
      for (const file of files.splice(0)) {
        await file.handle.close().catch(() => undefined);
        const free = path.join(folder, spoolFileName(file.id, NOBODY));
        if (file.end === 0) await rm(file.path, { force: true });
        else await rename(file.path, free).catch(() => undefined);
      }
    },
  };
}

function pidAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
