import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exportedPaths, statusFile } from './status-files.ts';
import type { StatusDocument } from './status-document.ts';

/**
 * Writes every public file into a folder, as a web server serves it: each by renaming, and only those that are new.
 * @returns how many files it holds
 * @throws when the folder cannot be written
 */
export async function exportStatus(document: StatusDocument, folder: string, now: Date): Promise<number> {
  const paths = exportedPaths(document, now);
  for (const { path: address, file } of paths) {
    const made = statusFile(document, address, false, now);
    if (!made) continue;
    const to = path.join(folder, file);
    const body = Buffer.from(made.body);
    const before = await readFile(to).catch(() => null);
    if (before?.equals(body)) continue;
    await mkdir(path.dirname(to), { recursive: true });
    await writeFile(`${to}.part`, body);
    await rename(`${to}.part`, to);
  }
  return paths.length;
}
