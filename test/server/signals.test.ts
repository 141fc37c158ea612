import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort, runInBackground, runToEnd, startApp } from '../support/app-process.ts';
import { removeDataDir } from '../support/data-dir.ts';
import { createTestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

let dataDir: string;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-signals-'));
  database = await createTestDatabase();
});
afterEach(async () => {
  await removeDataDir(dataDir);
  await database.drop();
});

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

test.each(['start', 'dev:demo'])(
  'SIGTERM to `npm run %s` ends the app with it',
  async (script) => {
    const port = await freePort();
    const npm = spawn('npm', ['run', script], {
      cwd: ROOT,
      stdio: 'ignore',
      env: {
        NODE_ENV: 'test',
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        PORT: String(port),
      },
    });
    const exit = once(npm, 'exit');
    await until('the app listens', () => listens(port), 90_000);
    process.kill(npm.pid!, 'SIGTERM');
    const asked = performance.now();
    await exit;
    await until('its port is free', async () => !(await listens(port)), 30_000);
    // Stopping itself is given up after 10 s; the rest is what a slow machine takes to notice.
    expect(performance.now() - asked).toBeLessThan(20_000);
  },
  150_000,
);

test('no command that starts an app leaves a shell between npm and it', async () => {
  const { scripts } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const starting = Object.entries(scripts).filter(([, command]) => /(server\/main|demo)\.ts$/.test(command));
  expect(starting.map(([name]) => name).sort()).toEqual(['demo', 'dev', 'dev:demo', 'start']);
  for (const [name, command] of starting)
    expect(command, name).toMatch(/(^|&& )NODE_ENV=\w+ exec node [^&;|]*$/);
});

test('a second app on the same DATA_DIR ends with a sentence, and one after a kill -9 starts at once', async () => {
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir };
  const first = await startApp(env);
  await first.ready();
  const second = await runToEnd(['app/server/main.ts'], { ...env, PORT: String(await freePort()) });
  expect(second.code).toBe(1);
  expect(second.output.trim()).toBe(
    `Outage Center cannot start: DATA_DIR (${dataDir}) is in use by another Outage Center, process ${first.pid}: stop that one, or set DATA_DIR to another folder.`,
  );
  // A worker writes nothing there.
  const worker = runInBackground(['app/server/main.ts'], { ...env, ROLE: 'worker', LOG_LEVEL: 'info' });
  await until('a worker is up beside it', () => worker.output().includes('"msg":"started"'), 30_000);
  await worker.kill('SIGTERM');

  await first.kill('SIGKILL');
  const third = await startApp(env);
  await third.ready();
  expect(await third.kill('SIGTERM')).toBe(0);
}, 120_000);

test('one that was stopped still holds the folder', async () => {
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir };
  const first = await startApp(env);
  await first.ready();
  process.kill(first.pid, 'SIGSTOP');
  try {
    const second = await runToEnd(['app/server/main.ts'], { ...env, PORT: String(await freePort()) });
    expect(second).toMatchObject({
      code: 1,
      output: expect.stringContaining('is in use by another') as string,
    });
  } finally {
    process.kill(first.pid, 'SIGCONT');
    await first.kill('SIGTERM');
  }
}, 60_000);

test('a path too long for a socket is locked all the same', async () => {
  const deep = path.join(dataDir, 'd'.repeat(120));
  const env = { DATABASE_URL: database.url, DATA_DIR: deep };
  const first = await startApp(env);
  await first.ready();
  const second = await runToEnd(['app/server/main.ts'], { ...env, PORT: String(await freePort()) });
  expect(second).toMatchObject({
    code: 1,
    output: expect.stringContaining('is in use by another') as string,
  });
  await first.kill('SIGTERM');
}, 60_000);
