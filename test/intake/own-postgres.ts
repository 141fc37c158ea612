import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { openEmbeddedPostgres } from '../../app/lib/embedded-postgres/embedded-postgres.server.ts';
import { embeddedHome, postmasterPid, removeDataDir, superuserUrl } from '../support/data-dir.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { until } from '../support/until.ts';

/** A PostgreSQL of one test file's own, to be frozen and killed. */
export interface OwnPostgres {
  url: string;
  /** The same as its superuser, which the app is not. */
  superuserUrl: string;
  /** PostgreSQL's data directory. */
  data(): Promise<string>;
  /** Every process of the server stops where it is: connections stay open and nobody answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** As an operator does: sessions are ended, and the server is started again. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

/** @param folder where its data lie; one of its own unless told otherwise */
export async function startOwnPostgres(folder?: string): Promise<OwnPostgres> {
  const dataDir = folder ?? (await makeQuickFolder('own'));
  const server = await openEmbeddedPostgres(dataDir);
  const postmaster = () => postmasterPid(dataDir);

  async function signalAll(signal: NodeJS.Signals) {
    const parent = await postmaster();
    const pids = [parent];
    for (const name of await readdir('/proc')) {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent) pids.push(Number(name));
    }
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        // A connection that ended since it was listed took its process along.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  /** As the app does it, which never gives up. */
  const start = async () => {
    await until('the server starts', () => server.ensureRunning().then(() => true), 180_000);
  };

  return {
    url: server.url,
    superuserUrl: await superuserUrl(dataDir, server.url),
    data: async () => path.join(await embeddedHome(dataDir), 'data'),
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    kill: async () => void process.kill(await postmaster(), 'SIGKILL'),
    start,
    async restart() {
      await server.stop();
      await start();
    },
    async remove() {
      await server.stop();
      await removeDataDir(dataDir);
    },
  };
}
