import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Services } from '../../lib/services.server.ts';
import { rowsOf } from './backup-format.ts';
import { claimBackup, noteFailed, noteMade } from './backup-rows.server.ts';
import { makeBackup } from './make-backup.server.ts';

/** After a failure it is tried again within this time, ms. */
const RETRY_MS = 15 * 60_000;
/** Those that the clock made, and what a killed process left of one. */
const MADE = /^outage-center-\d{8}T\d{6}Z\.backup$/;
const PARTIAL = /^outage-center-\d{8}T\d{6}Z\.backup\.partial$/;

/** @returns e.g. `outage-center-20261129T220000Z.backup`; in the order of names they are in that of time */
const nameAt = (now: Date) => `outage-center-${now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')}.backup`;

/**
 * Makes the backup that is due, in one process of all that have a BACKUP_DIR, and removes the oldest ones beyond those that
 * are kept; after a failure nothing is removed.
 */
export async function tickBackup(
  services: Services,
  now: () => Date,
  signal?: AbortSignal,
): Promise<boolean> {
  const { config, db, log, changes, processId } = services;
  const { BACKUP_DIR: folder, BACKUP_INTERVAL: everyMs, BACKUP_KEEP: keep, BACKUP_KEY } = config;
  if (!folder) return false;
  const began = now();
  const file = path.join(path.resolve(folder), nameAt(began));
  const passphrase = BACKUP_KEY ?? null;
  const id = await claimBackup(db.pool, {
    now: began,
    owner: processId,
    file,
    encrypted: passphrase !== null,
    everyMs,
    retryMs: Math.min(RETRY_MS, everyMs),
  });
  if (id === null) return false;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeAll(folder, await namesOf(folder, PARTIAL));
    const manifest = await makeBackup(services, { file, passphrase, withSecrets: false, signal });
    const { size: bytes } = await stat(file);
    await noteMade(db.pool, id, { now: now(), bytes, rows: rowsOf(manifest) });
    log.info({ file, bytes, rows: rowsOf(manifest) }, 'backup made');
    await removeAll(folder, (await namesOf(folder, MADE)).slice(0, -keep));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    log.error({ problem }, 'no backup was made');
    await noteFailed(db.pool, id, { now: now(), problem });
  }
  changes.announce('page');
  return false;
}

async function namesOf(folder: string, pattern: RegExp): Promise<string[]> {
  return (await readdir(folder)).filter((name) => pattern.test(name)).sort();
}

async function removeAll(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(path.join(folder, name), { force: true });
}
