import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
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
    await staysInside(folder, path.dirname(to));
    await rm(`${to}.part`, { force: true });
    // Never through a link that somebody else has put there meanwhile.
    await writeFile(`${to}.part`, body, { flag: 'wx' });
    await rename(`${to}.part`, to);
  }
  return paths.length;
}

/** The folder may be a link of the operator's; what lies in it may be anybody's who serves it. */
async function staysInside(folder: string, place: string): Promise<void> {
  const [root, real] = await Promise.all([realpath(folder), realpath(place)]);
  if (real !== root && !real.startsWith(root + path.sep))
    throw new Error(`${place} is a link that leads out of ${folder}: remove it.`);
}
