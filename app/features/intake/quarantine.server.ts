import { mkdir, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { NOBODY, spoolFileName } from './spool-file-name.ts';
import { syncFolder } from './spool-file.server.ts';

/**
 * Puts bytes where nothing is imported from and a person can look: one file each, in the form of a spool
 * file, so that moving it up into the spool folder has it tried again.
 * @throws Error when the disk refuses
 */
export async function quarantine(spoolFolder: string, id: string, bytes: Buffer): Promise<void> {
  const folder = quarantineFolder(spoolFolder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const handle = await open(path.join(folder, spoolFileName(id, NOBODY)), 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
}

/** How many records are set aside. */
export async function countQuarantined(spoolFolder: string): Promise<number> {
  const names = await readdir(quarantineFolder(spoolFolder)).catch(() => []);
  return names.filter((name) => name.endsWith('.spool')).length;
}

function quarantineFolder(spoolFolder: string): string {
  return path.join(spoolFolder, 'quarantine');
}
