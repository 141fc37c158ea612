import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { postmasterPid } from './data-dir.ts';
import { unmountBelow } from './small-disk.ts';

const MEMORY = '/dev/shm';
/** What the databases of a run take at most: two files' worth of tables, and 2 GB of write-ahead log. */
const NEEDED_BYTES = 4 * 2 ** 30;
const PREFIX = 'outage-center-run-';

/**
 * The folder of one run, in memory where that has room: a database is some 700 files, and making and removing those on a
 * disk took most of a run's time. What a killed run left there, its server included, goes first.
 */
export async function makeRunFolder(): Promise<string> {
  const parent = (await hasRoom()) ? MEMORY : tmpdir();
  for (const name of await readdir(parent)) if (isLeftOver(name)) await removeRun(path.join(parent, name));
  const folder = await mkdtemp(path.join(parent, `${PREFIX}${process.pid}-`));
  // As root the embedded server runs as another account, which has to come in.
  await chmod(folder, 0o711);
  return folder;
}

/** A folder of a test's own, in the run's folder; the account of an embedded server can come in. */
export async function makeQuickFolder(name: string): Promise<string> {
  const folder = await mkdtemp(path.join(inject('runFolder'), `${name}-`));
  await chmod(folder, 0o711);
  return folder;
}

/** Ends the servers whose data lie in it, takes away what is mounted in it, and removes it. */
export async function removeRun(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = await postmasterPid(path.join(folder, name)).catch(() => null);
    if (pid) signal(pid, 'SIGQUIT');
  }
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function hasRoom(): Promise<boolean> {
  if (!existsSync(MEMORY) || process.availableMemory() < 2 * NEEDED_BYTES) return false;
  const { bavail, bsize } = await statfs(MEMORY);
  return bavail * bsize >= NEEDED_BYTES;
}

/** Whether the run that made it is gone. */
function isLeftOver(name: string): boolean {
  if (!name.startsWith(PREFIX)) return false;
  return !signal(Number(name.slice(PREFIX.length).split('-')[0]), 0);
}

/** @returns whether the process is there */
function signal(pid: number, what: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, what);
  } catch {
    return false;
  }
}
