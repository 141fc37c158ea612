import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** Where the embedded PostgreSQL of a data directory lies: run as root perhaps elsewhere, and `location` says where. */
export async function embeddedHome(dataDir: string): Promise<string> {
  const own = path.join(dataDir, 'postgres');
  return readFile(path.join(own, 'location'), 'utf8').catch(() => own);
}

/** Removes a data directory and the cluster that belongs to it, wherever that lies. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const home = await embeddedHome(dataDir);
  const socket = await readFile(path.join(home, 'socket'), 'utf8').catch(() => home);
  for (const folder of [socket, home, dataDir]) await rm(folder, { recursive: true, force: true });
}

/** Process id of the embedded PostgreSQL of a data directory. */
export async function postmasterPid(dataDir: string): Promise<number> {
  const pidFile = path.join(await embeddedHome(dataDir), 'data', 'postmaster.pid');
  return Number((await readFile(pidFile, 'utf8')).split('\n')[0]);
}

/** What the embedded PostgreSQL's superuser connects with; the app itself never does. */
export async function superuserUrl(dataDir: string, appUrl: string): Promise<string> {
  const password = await readFile(path.join(await embeddedHome(dataDir), 'password'), 'utf8');
  return Object.assign(new URL(appUrl), { username: 'outage_center', password }).href;
}
