import { type FileHandle, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import type { ArchiveEntry } from '../../lib/archive/tar.ts';
import { isDataError } from '../../lib/database/write-in-parts.server.ts';
import type { InboxRow } from '../intake/inbox-row.ts';
import { insertWebhooks } from '../intake/insert-webhooks.server.ts';
import { readSpool } from '../intake/spool/read-spool.server.ts';
import { quarantine } from '../intake/spool/spool-file.server.ts';
import { encodeSpoolRecord } from '../intake/spool/spool-record.ts';
import { readLiving } from '../processes/process-row.server.ts';
import { type FileContent, type Manifest, type Part, PART_BYTES } from './backup-format.ts';
import { partOf } from './copy-tables.server.ts';

/** A file below DATA_DIR that is held open, so that it can be read to its end although it is imported and removed meanwhile. */
interface HeldFile {
  kind: FileContent['kind'];
  name: string;
  handle: FileHandle;
}

export interface HeldFiles {
  /** Opens those that came since. */
  look(): Promise<void>;
  /** Everything in them by now. */
  entries(told: (content: FileContent) => void): AsyncGenerator<ArchiveEntry>;
  close(): Promise<void>;
}

const FOLDERS: Record<FileContent['kind'], { folder: string; pattern: RegExp }> = {
  spool: { folder: 'spool', pattern: /\.spool$/ },
  quarantine: { folder: 'spool/quarantine', pattern: /\.(spool|damaged)$/ },
  secret: { folder: 'secrets', pattern: /^[\w-]+(\.json)?$/ },
};

/** Where a kind of file lies. */
export const folderOf = (dataDir: string, kind: FileContent['kind']): string =>
  path.join(dataDir, FOLDERS[kind].folder);

/** Names of the files of a kind that are there. */
export async function namesOfKind(dataDir: string, kind: FileContent['kind']): Promise<string[]> {
  const names = await readdir(folderOf(dataDir, kind)).catch(() => []);
  return names.filter((name) => FOLDERS[kind].pattern.test(name)).sort();
}

/** Files of these kinds below DATA_DIR. */
export function holdFiles(dataDir: string, kinds: readonly FileContent['kind'][]): HeldFiles {
  const held = new Map<string, HeldFile>();
  return {
    async look() {
      for (const kind of kinds)
        for (const name of await namesOfKind(dataDir, kind)) {
          const handle = await open(path.join(folderOf(dataDir, kind), name), 'r').catch(() => null);
          if (!handle) continue;
          // Whoever takes a spool file over gives it another name: by its inode it is the same.
          const { dev, ino } = await handle.stat();
          const key = `${dev}:${ino}`;
          if (held.has(key)) await handle.close();
          else held.set(key, { kind, name, handle });
        }
    },
    async *entries(told) {
      let number = 0;
      for (const { kind, name, handle } of held.values()) {
        const folder = `files/${String(++number).padStart(6, '0')}`;
        const parts: Part[] = [];
        for (let at = 0; ;) {
          const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(PART_BYTES), 0, PART_BYTES, at);
          if (bytesRead === 0) break;
          const entry = `${folder}/${String(parts.length + 1).padStart(6, '0')}`;
          const body = buffer.subarray(0, bytesRead);
          parts.push(partOf(entry, body, 0));
          at += bytesRead;
          yield { name: entry, body };
        }
        told({ kind, name, parts });
      }
    },
    async close() {
      for (const { handle } of held.values()) await handle.close();
    },
  };
}

/** A piece of a file, in order. */
export interface FilePiece {
  name: string;
  bytes: Buffer;
  /** It is the file's last one. */
  last: boolean;
}

/**
 * Stores the webhooks of spool files in the transaction that is open: those that were stored already are known by their keys.
 * @returns how many are new
 */
export async function importSpooled(
  client: pg.ClientBase,
  dataDir: string,
  pieces: AsyncIterable<FilePiece>,
): Promise<number> {
  const folder = path.join(dataDir, 'spool');
  const copy = path.join(folder, 'restoring');
  let stored = 0;
  let written = 0;
  try {
    for await (const { bytes, last } of pieces) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(copy, bytes, { mode: 0o600, flag: written === 0 ? 'w' : 'a' });
      written += bytes.length;
      if (!last) continue;
      stored += await importFile(client, folder, copy, written);
      written = 0;
    }
  } finally {
    await rm(copy, { force: true });
  }
  return stored;
}

async function importFile(
  client: pg.ClientBase,
  folder: string,
  file: string,
  bytes: number,
): Promise<number> {
  const handle = await open(file, 'r');
  let stored = 0;
  try {
    for (let at = 0; at < bytes;) {
      const chunk = await readSpool(handle, at, bytes);
      at = chunk.next;
      const rows = chunk.kind === 'records' ? chunk.records.map(({ row }) => row) : [];
      if (rows.length > 0) stored += await store(client, folder, rows);
    }
  } finally {
    await handle.close();
  }
  return stored;
}

/** A row that PostgreSQL refuses for what it holds is set aside, as at any import. */
async function store(client: pg.ClientBase, folder: string, rows: InboxRow[]): Promise<number> {
  await client.query('SAVEPOINT spooled');
  try {
    const { size } = await insertWebhooks(client, rows, 'spool');
    await client.query('RELEASE spooled');
    return size;
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query('ROLLBACK TO spooled');
    const [row, ...others] = rows;
    if (others.length === 0) {
      await quarantine(folder, row!.eventId, 'refused', encodeSpoolRecord(row!));
      return 0;
    }
    let stored = 0;
    for (const one of rows) stored += await store(client, folder, [one]);
    return stored;
  }
}

/** What lies in files of other machines, which this backup does not have. */
export async function countElsewhere(client: pg.ClientBase, dataDir: string): Promise<Manifest['elsewhere']> {
  const living = await readLiving(client);
  const others = living.filter((process) => process.host !== hostname() || process.dataDir !== dataDir);
  return {
    spooled: others.reduce((sum, { spooled }) => sum + spooled, 0),
    // Processes that share a folder count it each.
    quarantined: [...Map.groupBy(others, ({ host, dataDir: folder }) => `${host}:${folder}`).values()].reduce(
      (sum, sharing) => sum + Math.max(...sharing.map(({ quarantined }) => quarantined)),
      0,
    ),
  };
}
