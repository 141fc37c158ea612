import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type AppProcess, firstFreePort, runApp } from '../../app/sandbox/demo/app-process.ts';
import { until } from '../support/until.ts';

const entry = fileURLToPath(new URL('./fixtures/small-app.ts', import.meta.url));
const followParent = fileURLToPath(new URL('../../app/sandbox/follow-parent.ts', import.meta.url));

let app: AppProcess | undefined;
let said: string[] = [];
afterEach(async () => {
  await app?.stop();
  said = [];
});

async function run(env: Record<string, string> = {}) {
  const port = await firstFreePort('127.0.0.1', 21_000);
  const url = `http://127.0.0.1:${port}/`;
  app = runApp({
    args: [entry],
    env: { ...process.env, PORT: String(port), ...env },
    logFile: '/dev/null',
    readyUrl: url,
    say: (sentence) => said.push(sentence),
    restartDelayMs: 10,
    stopMs: 300,
  });
  return { app, url };
}

test('starts the app again when it is killed, and says so', async () => {
  const { app, url } = await run();
  await app.ready;
  const first = app.pid()!;
  process.kill(first, 'SIGKILL');
  await until('another process answers', async () => (await (await fetch(url)).text()) !== String(first));
  await until('it said so', () => said.length === 2);
  expect(said).toEqual([
    'The app was killed (SIGKILL). Starting it again in 0.01 s …',
    `The app is back, as process ${app.pid()}.`,
  ]);
});

test('stopping ends the app for good, however stubborn it is', async () => {
  for (const env of [{}, { STUBBORN: '1' }]) {
    const { app, url } = await run(env as Record<string, string>);
    await app.ready;
    await app.stop();
    await expect(fetch(url)).rejects.toThrow();
    expect(said).toEqual([]);
  }
});

test.each(['78', '1'])('gives up when the app ends with %s before it was ever ready', async (code) => {
  const { app } = await run({ EXIT_CODE: code });
  await expect(app.ready).rejects.toThrow(`ended by itself (exit code ${code}) before it was ready`);
  expect(said).toHaveLength(code === '78' ? 0 : 2);
});

test('the app does not outlive the demo', async () => {
  const port = await firstFreePort('127.0.0.1', 21_100);
  const child = fork(entry, {
    env: { ...process.env, PORT: String(port) },
    execArgv: [`--import=${followParent}`],
  });
  await until('it answers', async () => (await fetch(`http://127.0.0.1:${port}/`)).ok);
  const exit = once(child, 'exit');
  child.disconnect();
  expect(await exit).toEqual([0, null]);
});

test('a taken port is passed over', async () => {
  const taken = createServer();
  const port = await firstFreePort('127.0.0.1', 21_200);
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
  expect(await firstFreePort('127.0.0.1', port)).toBeGreaterThan(port);
  taken.close();
});
