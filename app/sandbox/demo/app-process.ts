import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface AppProcessOptions {
  /** What Node runs: the app's entry and its arguments. */
  args: string[];
  env: NodeJS.ProcessEnv;
  /** What the app logs goes there, begun anew; what it has to say to a person goes to the terminal. */
  logFile: string;
  /** Answers 200 when the app is ready. */
  readyUrl: string;
  /** Told in words for a person when the app died, starts again, or is ready again. */
  say: (sentence: string) => void;
  restartDelayMs?: number;
  /** How long a stopping app may take before it is killed. */
  stopMs?: number;
}

export interface AppProcess {
  pid(): number | undefined;
  /** Resolves when the app is ready for the first time. @throws AppGaveUp when it will not come up */
  ready: Promise<void>;
  /** SIGTERM, then SIGKILL when it takes too long. Resolves when the app is gone. */
  stop(): Promise<void>;
}

/** The app ends by itself before it was ever ready: starting it again would not help. */
export class AppGaveUp extends Error {}

/** EX_CONFIG: the app has said what is wrong with its settings. */
const BAD_SETTINGS = 78;
const TRIES_UNTIL_READY = 3;

/** Runs the app as a child process and starts it again when it dies, as a service manager does in production. */
export function runApp(options: AppProcessOptions): AppProcess {
  const { say, restartDelayMs = 1000, stopMs = 12_000 } = options;
  const followParent = fileURLToPath(new URL('../follow-parent.ts', import.meta.url));
  const stopping = new AbortController();
  const firstReady = Promise.withResolvers<void>();
  const log = openSync(options.logFile, 'w');
  let child: ChildProcess | undefined;
  let wasReady = false;

  /** Runs the app once. @returns how it ended */
  async function runOnce(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const over = new AbortController();
    const app = spawn(process.execPath, [`--import=${followParent}`, ...options.args], {
      env: options.env,
      stdio: ['ignore', log, 'inherit', 'ipc'],
    });
    child = app;
    void announceReady(over.signal);
    return new Promise((resolve, reject) => {
      app.once('error', reject);
      app.once('exit', (code, signal) => {
        over.abort();
        resolve({ code, signal });
      });
    });
  }

  async function announceReady(over: AbortSignal) {
    for (;;) {
      const answers = await answersOk(options.readyUrl);
      if (over.aborted) return;
      if (answers) {
        if (wasReady) say(`The app is back, as process ${child?.pid}.`);
        wasReady = true;
        firstReady.resolve();
        return;
      }
      await delay(150);
    }
  }

  const isStopping = () => stopping.signal.aborted;
  async function keepRunning() {
    for (let tries = 1; !isStopping(); tries++) {
      const { code, signal } = await runOnce();
      if (isStopping()) return;
      const how = signal ? `was killed (${signal})` : `ended by itself (exit code ${code})`;
      if (!wasReady && (code === BAD_SETTINGS || tries === TRIES_UNTIL_READY)) {
        throw new AppGaveUp(`The app ${how} before it was ready.`);
      }
      say(`The app ${how}. Starting it again in ${restartDelayMs / 1000} s …`);
      await delay(restartDelayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const gone = keepRunning().catch((error: unknown) => firstReady.reject(error));

  return {
    pid: () => child?.pid,
    ready: firstReady.promise,
    async stop() {
      stopping.abort();
      child?.kill('SIGTERM');
      const patience = setTimeout(() => child?.kill('SIGKILL'), stopMs);
      await gone;
      clearTimeout(patience);
    },
  };
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** The first port from `wanted` on that nobody listens on at this host. @throws Error when 50 in a row are taken */
export async function firstFreePort(host: string, wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 50 && port < 65_536; port++) {
    if (await isFree(host, port)) return port;
  }
  throw new Error(`Ports ${wanted} to ${wanted + 49} are all taken; set PORT to another one.`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
