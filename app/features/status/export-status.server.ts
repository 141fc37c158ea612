import { mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
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
  await removeGone(folder, new Set(paths.map(({ file }) => file)));
  return paths.length;
}

/** What is public no more goes from the copy too: notices by their numbers, months without any. */
async function removeGone(folder: string, kept: ReadonlySet<string>): Promise<void> {
  for (const [place, name] of [
    ['status/incidents', /^\d+$/],
    ['status/history', /^\d{4}-\d{2}$/],
  ] as const) {
    const own = path.join(folder, place);
    const there = await readdir(own).catch(() => []);
    const gone = there.filter((one) => name.test(one) && !kept.has(`${place}/${one}/index.html`));
    if (gone.length === 0) continue;
    await staysInside(folder, own);
    for (const one of gone) await rm(path.join(own, one), { recursive: true, force: true });
  }
}

/** The folder may be a link of the operator's; what lies in it may be anybody's who serves it. */
async function staysInside(folder: string, place: string): Promise<void> {
  const [root, real] = await Promise.all([realpath(folder), realpath(place)]);
  if (real !== root && !real.startsWith(root + path.sep))
    throw new Error(`${place} is a link that leads out of ${folder}: remove it.`);
}
