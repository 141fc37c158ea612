import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest';
import { runToEnd, startApp } from '../support/app-process.ts';
import { embeddedHome, removeDataDir } from '../support/data-dir.ts';
import { createTestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let dataDir: string;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-trouble-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

test.each([
  [
    'a dead port',
    () => changed((url) => Object.assign(url, { hostname: '127.0.0.1', port: '9' })),
    'refused',
    'No PostgreSQL listens at the address in DATABASE_URL.',
    /Start PostgreSQL, or correct host and port/,
  ],
  [
    'a wrong password',
    () => changed((url) => (url.password = 'LEAK-wrong')),
    'password',
    'The database refuses the user or the password in DATABASE_URL.',
    /Correct user and password/,
  ],
  [
    'no such database',
    () => changed((url) => (url.pathname = '/LEAK-nowhere')),
    'no_database',
    'The database that DATABASE_URL names does not exist.',
    /CREATE DATABASE/,
  ],
  [
    'a host that nobody knows',
    () => changed((url) => (url.hostname = 'leak-nowhere.invalid')),
    'unknown_host',
    'The host name in DATABASE_URL cannot be found.',
    /Correct the host/,
  ],
])(
  '%s is said once in the log, on the page and at /readyz, with its cure',
  async (_name, url, cause, sentence, cure) => {
    const app = await startApp({ DATABASE_URL: url(), DATA_DIR: dataDir, LOG_LEVEL: 'info' });
    try {
      await until('the log says it', () => app.output().includes(sentence));
      const ready = await fetch(`${app.url}/readyz`);
      expect(ready.status).toBe(503);
      const text = await ready.text();
      expect(text).toContain(sentence);
      expect(text).toMatch(cure);
      expect(text).not.toMatch(/LEAK|nowhere|ECONN|getaddrinfo|authentication|127\.0\.0\.1/i);
      const page = await (await fetch(`${app.url}/sign-in`)).text();
      expect(page).toContain(sentence);
      expect(page).toMatch(cure);
      const told = app
        .output()
        .split('\n')
        .filter((line) => line.includes(sentence));
      expect(told).toHaveLength(1);
      expect(JSON.parse(told[0]!)).toMatchObject({ cause, cure: expect.stringMatching(cure) as string });
      expect(app.output()).not.toContain('LEAK-wrong');
    } finally {
      await app.kill('SIGTERM');
    }
  },
);

test('data of another version of PostgreSQL: one sentence with the way out, webhooks are kept, nothing is touched', async () => {
  const first = await startApp({ DATA_DIR: dataDir });
  await first.ready();
  expect(await first.kill('SIGTERM')).toBe(0);
  const versionFile = path.join(await embeddedHome(dataDir), 'data', 'PG_VERSION');
  const version = await readFile(versionFile, 'utf8');
  await writeFile(versionFile, '14\n');
  const app = await startApp({ DATA_DIR: dataDir, LOG_LEVEL: 'info', METRICS_ALLOW_LOOPBACK: 'true' });
  try {
    const sentence = `is of version 14, and this release brings version ${version.trim()}.`;
    await until('the log says it', () => app.output().includes(sentence), 60_000);
    const ready = await fetch(`${app.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toMatch(/version 14, .* ops:backup.* ops:restore/);
    const answer = await fetch(`${app.url}/api/webhooks/chatwoot`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"event":"message_created","id":1}',
    });
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'spooled' }]);
    expect(await readFile(versionFile, 'utf8')).toBe('14\n');

    await writeFile(versionFile, version);
    await app.ready();
    await until('the webhook is in the database', async () =>
      (await (await fetch(`${app.url}/metrics`)).text()).includes(
        'outage_center_queue_events{state="pending"} 1',
      ),
    );
  } finally {
    await app.kill('SIGTERM');
    await writeFile(versionFile, version);
    await removeDataDir(dataDir);
  }
}, 180_000);

test('a port in use: one line with the cure, and a code', async () => {
  const app = await startApp({ DATABASE_URL: database.url, DATA_DIR: dataDir });
  try {
    await app.ready();
    const second = await runToEnd(['app/server/main.ts'], {
      DATABASE_URL: database.url,
      DATA_DIR: path.join(dataDir, 'second'),
      PORT: new URL(app.url).port,
      LOG_LEVEL: 'silent',
    });
    expect(second.code).toBe(1);
    expect(second.output.trim().split('\n')).toHaveLength(1);
    expect(second.output).toMatch(/Outage Center cannot start: .*port \d+.*in use.*PORT/);
  } finally {
    await app.kill('SIGTERM');
  }
});

test.each(['file', 'file/below', 'link to nowhere'])(
  'DATA_DIR that is no folder (%s), with a dead database: one line with the cure, and a code',
  async (name) => {
    await writeFile(path.join(dataDir, 'file'), '');
    await symlink(path.join(dataDir, 'nowhere', 'at', 'all'), path.join(dataDir, 'link to nowhere'));
    const { code, output } = await runToEnd(['app/server/main.ts'], {
      DATABASE_URL: changed((url) => Object.assign(url, { hostname: '127.0.0.1', port: '9' })),
      DATA_DIR: path.join(dataDir, name),
    });
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toMatch(
      /Outage Center cannot start: DATA_DIR .* is no folder: .* set DATA_DIR to a folder\./,
    );
  },
);
