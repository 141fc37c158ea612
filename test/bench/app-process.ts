import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import type { BenchServer } from './database.ts';
import { unsignedUnless } from '../support/unsigned.ts';
import { until } from '../support/until.ts';
import { cpuOf } from './cpu.ts';

export interface AppProcess {
  url: string;
  /** CPU that the process has used so far, ms; NaN where the system does not tell. */
  cpu(): Promise<number>;
  /** Most memory the process has had so far, MB; NaN where the system does not tell. */
  peakMemory(): Promise<number>;
  stop: () => Promise<void>;
}

/** After millions of rows were written the disk is busy for a while, ms. */
const START_MS = 120_000;

export interface AppSettings {
  role: 'web' | 'worker' | 'all';
  agentUrl: string;
  env?: Record<string, string>;
  /** A file for what the process writes on standard output; the bench's own when left out. */
  logTo?: string;
}

/** The app as it runs in production, one process; resolves when it is ready to work. */
export async function startApp(
  server: Pick<BenchServer, 'url' | 'pool' | 'dataDir'>,
  settings: AppSettings,
): Promise<AppProcess> {
  const port = await freePort();
  const log = settings.logTo ? await open(settings.logTo, 'a') : null;
  const child = spawn(process.execPath, [...(await startFlags()), path.resolve('app/server/main.ts')], {
    stdio: ['ignore', log?.fd ?? 'inherit', 'inherit'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      NODE_OPTIONS: process.env.BENCH_APP_NODE_OPTIONS,
      ROLE: settings.role,
      PORT: String(port),
      DATA_DIR: server.dataDir,
      DATABASE_URL: server.url,
      LOG_LEVEL: 'warn',
      AGENT_SDK_URL: settings.agentUrl,
      CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
      CHATWOOT_ACCOUNT_ID: '2',
      CHATWOOT_API_TOKEN: 'bench',
      ...unsignedUnless(settings.env ?? {}),
      ...settings.env,
    },
  });
  await log?.close();
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await until(
    `the app (${settings.role}) is ready`,
    async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      if (settings.role !== 'worker') return (await fetch(`${url}/readyz`)).ok;
      const { rowCount } = await server.pool.query('SELECT 1 FROM processes WHERE pid = $1', [child.pid]);
      return rowCount === 1;
    },
    START_MS,
  );
  return {
    url,
    cpu: () => cpuOf(child.pid!),
    async peakMemory() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Node's flags of `npm start`: what is measured is the process that people run. */
async function startFlags(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: { start: string } };
  return /\bnode (.*)app\/server\/main\.ts$/.exec(scripts.start)![1]!.split(' ').filter(Boolean);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
