import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { until } from './until.ts';

export interface AppProcess {
  url: string;
  pid: number;
  /** What it wrote so far, both streams. */
  output(): string;
  /** Resolves with the exit code once it has ended. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
  ready(): Promise<void>;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The built product as its user starts it: a process of its own, killed only by whoever started it. */
export async function startApp(env: Record<string, string>, args: string[] = []): Promise<AppProcess> {
  const port = env.PORT ?? String(await freePort());
  const child = run(['app/server/main.ts', ...args], {
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    ...env,
    PORT: port,
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    pid: child.process.pid!,
    output: child.output,
    async kill(signal) {
      if (child.process.exitCode !== null || child.process.signalCode) return child.process.exitCode;
      const ended = once(child.process, 'exit');
      child.process.kill(signal);
      await ended;
      return child.process.exitCode;
    },
    async ready() {
      await until('the app is ready', async () => {
        if (child.process.exitCode !== null) return 'it ended';
        return (await fetch(`${url}/readyz`)).status === 200;
      });
      if (child.process.exitCode !== null) throw new Error(`the app ended: ${child.output()}`);
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
): { process: ChildProcess; output(): string; stdout(): string } {
  const inherited = Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].map((name) => [name, process.env[name]]));
  const child = spawn(process.execPath, args, {
    cwd: path.resolve(import.meta.dirname, '../..'),
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

/** Process id of the embedded PostgreSQL of a data directory. */
export async function postmasterPid(dataDir: string): Promise<number> {
  const own = path.join(dataDir, 'postgres');
  const root = await readFile(path.join(own, 'location'), 'utf8').catch(() => own);
  return Number((await readFile(path.join(root, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}
