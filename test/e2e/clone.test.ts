import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { freePort } from '../support/app-process.ts';
import { removeDataDir } from '../support/data-dir.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

// `npm ci` is what .ci/run begins with; here its packages are borrowed, and what it does after them is done.
test('the commands of the README work in a clean clone', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'outage-center-clone-'));
  const clone = path.join(folder, 'clone');
  // As a user's shell has it: without this test run's own binaries and settings.
  const PATH = (process.env.PATH ?? '')
    .split(':')
    .filter((part) => !part.includes('node_modules'))
    .join(':');
  const env = { PATH, HOME: process.env.HOME, NODE_ENV: 'development' as const };
  try {
    await run('git', ['clone', '--quiet', root, clone], { env });
    await symlink(path.join(root, 'node_modules'), path.join(clone, 'node_modules'));
    await run('npm', ['run', 'postinstall'], { cwd: clone, env, maxBuffer: 1e8 });

    const port = String(await freePort());
    const demo = spawn('npm', ['run', 'demo'], {
      cwd: clone,
      env: { ...env, PORT: port },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(demo, 'exit');
    let output = '';
    for (const stream of [demo.stdout, demo.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      await until(
        'the demo says where to look',
        () => {
          if (demo.exitCode !== null) throw new Error(output);
          return output.includes(`http://127.0.0.1:${port}`);
        },
        120_000,
      );
      await until(
        'customers write and the page is there',
        async () => {
          const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
          return /outage_center_events_delivered_total [1-9]/.test(metrics);
        },
        60_000,
      );
    } finally {
      // Ctrl-C reaches the whole group, as from a terminal.
      process.kill(-demo.pid!, 'SIGINT');
      await ended;
    }
    // Something to read, not a log: what npm says, the build in one line, and what to do.
    expect(output).toContain('Building the pages');
    expect(output.trim().split('\n').length).toBeLessThanOrEqual(20);
    const again = await run('npm', ['exec', '--', 'node', 'scripts/build.ts', '--if-changed'], {
      cwd: clone,
      env,
    });
    expect(again.stdout, 'nothing has changed since').toBe('');

    const tests = await run('npm', ['test', '--', 'test/delivery/decisions.unit.test.ts'], {
      cwd: clone,
      env,
      maxBuffer: 1e8,
    });
    expect(tests.stdout.trimEnd().split('\n').at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/);
  } finally {
    await removeDataDir(path.join(clone, 'var', 'demo'));
    await rm(folder, { recursive: true, force: true });
  }
}, 600_000);
