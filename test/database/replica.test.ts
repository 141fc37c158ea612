import { rm } from 'node:fs/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startOwnPostgres, type OwnPostgres } from '../intake/own-postgres.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { startMuteProxy, type MuteProxy } from '../support/mute-proxy.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { addPerson, fetchAs, signInAs } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { startStandBy, type StandBy } from './stand-by.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

/** A page comes in spite of everything, ms: on a busy machine; by itself it takes 3 s at most. */
const PAGE_MS = 12_000;
const PATIENCE_MS = 60_000;

let primary: OwnPostgres;
let replica: StandBy;
let proxy: MuteProxy;
let app: AppProcess;
let dataDir: string;
let cookie: string;

beforeEach(async () => {
  primary = await startOwnPostgres();
  dataDir = await makeQuickFolder('replica');
  replica = await startStandBy(primary);
  proxy = await startMuteProxy(replica.url);
  app = await startApp({
    DATABASE_URL: primary.url,
    DATABASE_READ_URL: proxy.url,
    DATA_DIR: dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
  });
  await app.ready();
  cookie = await signInAs(app.url, primary.url, 'admin');
});
afterEach(async () => {
  await app.kill('SIGTERM');
  await proxy.stop();
  await replica.remove();
  await primary.remove();
  await rm(dataDir, { recursive: true, force: true });
});

async function ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Data of a page, as the browser reads it. */
async function read(page: string): Promise<string> {
  const answer = await fetchAs(cookie, `${app.url}${page}`, { signal: AbortSignal.timeout(PAGE_MS) });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return text;
}
const people = () => read('/people?_data=routes%2Fpeople');
const now = () => read('/?_data=routes%2F_index');

/** Pages come from the replica. */
const isUsed = () =>
  until(
    'pages are read from the replica',
    async () => {
      await people();
      const statements = await ask<{ n: number }>(
        replica.url,
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE '%FROM people%' AND pid <> pg_backend_pid()",
      );
      return statements[0]!.n > 0;
    },
    PATIENCE_MS,
  );

/** Whoever is added is seen by the next read, every time. */
async function seesAllAtOnce(name: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await addPerson(primary.url, 'viewer', `${name} ${n}`);
    expect(await people()).toContain(`${name} ${n}`);
  }
}
const warns = (words: string) => until(words, async () => (await now()).includes(words), PATIENCE_MS);
const warnsNoMore = () =>
  until('no warning', async () => !(await now()).includes('DATABASE_READ_URL'), PATIENCE_MS);

test('pages are read from a replica, and none shows less than what was there when it was asked for', async () => {
  await isUsed();
  await seesAllAtOnce('Streaming', 20);
  expect(await now()).not.toContain('DATABASE_READ_URL');
});

test('a replica that is behind, silent or gone: pages come from the database, as true as ever, and Now says so', async () => {
  await isUsed();
  await ask(replica.superuserUrl, 'SELECT pg_wal_replay_pause()');
  await seesAllAtOnce('Paused', 5);
  await warns('The replica in DATABASE_READ_URL is behind the database.');
  await seesAllAtOnce('Still paused', 5);
  await ask(replica.superuserUrl, 'SELECT pg_wal_replay_resume()');
  await warnsNoMore();
  await isUsed();

  proxy.mute();
  await seesAllAtOnce('Silent', 3);
  await warns('The replica in DATABASE_READ_URL does not answer.');
  proxy.heal();
  await warnsNoMore();
  await isUsed();

  await replica.remove();
  await seesAllAtOnce('Gone', 3);
  await warns('The replica in DATABASE_READ_URL does not answer.');
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
});

test('a replica that was promoted follows nobody: no page is read from it', async () => {
  await isUsed();
  await replica.promote();
  await seesAllAtOnce('Promoted', 5);
  await warns('What DATABASE_READ_URL leads to is no replica of the database.');
});
