import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { unsignedUnless } from './unsigned.ts';
import { until } from './until.ts';

export interface AppProcess extends BackgroundProcess {
  url: string;
  ready(): Promise<void>;
}

/** Below those that the system gives to whoever does not mind which (`net.ipv4.ip_local_port_range`). */
const [FIRST_PORT, PORTS] = [20_000, 12_000];

/** A port that is free, and that nobody gets by chance until it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

export interface BackgroundProcess {
  pid: number;
  /** What it wrote so far, both streams. */
  output: () => string;
  ended: () => boolean;
  /** Resolves with the exit code once it has ended. */
  kill: (signal: NodeJS.Signals) => Promise<number | null>;
}

/**
 * A process of the product that goes on until somebody ends it.
 * @param root of another release; this one unless told otherwise
 */
export function runInBackground(
  args: string[],
  env: Record<string, string>,
  root?: string,
): BackgroundProcess {
  const child = run(args, env, root);
  const ended = () => child.process.exitCode !== null || child.process.signalCode !== null;
  return {
    pid: child.process.pid!,
    output: child.output,
    ended,
    async kill(signal) {
      if (!ended()) {
        const exit = once(child.process, 'exit');
        child.process.kill(signal);
        await exit;
      }
      return child.process.exitCode;
    },
  };
}

/** Node's flags of `npm start`. */
const START_FLAGS = /\bnode (.*)app\/server\/main\.ts$/
  .exec(
    (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } }).scripts.start,
  )![1]!
  .split(' ')
  .filter(Boolean);

/**
 * The built product as its user starts it.
 * @param root of another release; this one unless told otherwise
 */
export async function startApp(
  env: Record<string, string>,
  args: string[] = [],
  root?: string,
): Promise<AppProcess> {
  const port = env.PORT ?? String(await freePort());
  const child = runInBackground(
    [...START_FLAGS, 'app/server/main.ts', ...args],
    { LOG_LEVEL: 'warn', ...unsignedUnless(env), ...env, PORT: port },
    root,
  );
  const url = `http://127.0.0.1:${port}`;
  return {
    ...child,
    url,
    async ready() {
      await until(
        'the app is ready',
        async () => child.ended() || (await fetch(`${url}/readyz`)).status === 200,
        60_000,
      );
      if (child.ended()) throw new Error(`the app ended: ${child.output()}`);
    },
  };
}

/** Runs a command of the product to its end. */
export async function runToEnd(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; output: string; stdout: string }> {
  const child = run(args, env);
  await once(child.process, 'close');
  return { code: child.process.exitCode, output: child.output(), stdout: child.stdout() };
}

function run(
  args: string[],
  env: Record<string, string>,
  root = path.resolve(import.meta.dirname, '../..'),
): { process: ChildProcess; output: () => string; stdout: () => string } {
  const names = ['PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE'];
  const inherited = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { NODE_ENV: 'production', ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { process: child, output: () => output, stdout: () => stdout };
}
