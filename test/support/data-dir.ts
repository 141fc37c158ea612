import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** Where the embedded PostgreSQL of a data directory lies: run as root perhaps elsewhere, and `location` says where. */
export async function embeddedHome(dataDir: string): Promise<string> {
  const own = path.join(dataDir, 'postgres');
  return readFile(path.join(own, 'location'), 'utf8').catch(() => own);
}

/** Removes a data directory and the cluster that belongs to it, wherever that lies. */
export async function removeDataDir(dataDir: string): Promise<void> {
  for (const folder of [await embeddedHome(dataDir), dataDir])
    await rm(folder, { recursive: true, force: true });
}

/** Process id of the embedded PostgreSQL of a data directory. */
export async function postmasterPid(dataDir: string): Promise<number> {
  const pidFile = path.join(await embeddedHome(dataDir), 'data', 'postmaster.pid');
  return Number((await readFile(pidFile, 'utf8')).split('\n')[0]);
}
