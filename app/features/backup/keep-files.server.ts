import { type FileHandle, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ArchiveEntry } from '../../lib/archive/tar.ts';
import { type FileContent, type Part, PART_BYTES } from './backup-format.ts';
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
