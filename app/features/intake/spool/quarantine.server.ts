import { mkdir, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { NOBODY, spoolFileName, syncFolder } from './spool-file.server.ts';

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
