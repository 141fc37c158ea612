import { rm } from 'node:fs/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestDatabase } from '../support/database.ts';
import { startPooler, type Pooler } from '../support/pooler.ts';
import { fetchAs, signInAs } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { startLoad } from '../support/webhook-load.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pooler: Pooler;
let agent: AgentService;
let dataDir: string;
const apps: AppProcess[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  [pooler, agent] = await Promise.all([startPooler(database.url), startAgent()]);
  dataDir = await makeQuickFolder('pooler');
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.kill('SIGTERM');
  await pooler.stop();
  await agent.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(env: Record<string, string>): Promise<AppProcess> {
  const app = await startApp({
    DATABASE_URL: pooler.url,
    DATA_DIR: dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
    ...env,
  });
  apps.push(app);
  // A worker listens nowhere.
  if (env.ROLE !== 'worker') await app.ready();
  return app;
}

async function allDelivered(load: ReturnType<typeof startLoad>, atLeast: number): Promise<void> {
  await until('enough came in', () => load.acknowledged.size >= atLeast, 40_000);
  await load.stop();
  const all = [...load.acknowledged.keys()];
  await until(
    'everything acknowledged is delivered',
    () => {
      const delivered = agent.records.bodyHashes();
      return all.every((key) => delivered.has(key));
    },
    40_000,
  );
}

async function query(text: string): Promise<number> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(text)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

test('the double breaks what PgBouncer breaks: settings, named statements, session locks and LISTEN', async () => {
  const [one, other] = [0, 1].map(() => new pg.Client({ connectionString: pooler.url }));
  const heard: string[] = [];
  one!.on('notification', ({ payload }) => void heard.push(payload ?? ''));
  await Promise.all([one!.connect(), other!.connect()]);
  await one!.query("SET statement_timeout = '7s'");
  expect((await one!.query('SHOW statement_timeout')).rows).not.toEqual([{ statement_timeout: '7s' }]);
  await one!.query({ name: 'mine', text: 'SELECT 1' });
  await expect(one!.query({ name: 'mine', text: 'SELECT 1' })).rejects.toThrow(/prepared statement/);
  await one!.query('SELECT pg_advisory_lock(7)');
  expect((await one!.query('SELECT pg_advisory_unlock(7) AS mine')).rows).toEqual([{ mine: false }]);
  await one!.query('LISTEN here');
  await other!.query("NOTIFY here, 'lost'");
  await one!.query('SELECT 1');
  expect(heard).toEqual([]);
  await one!.query('BEGIN');
  const backends = [1, 2].map(
    async () => (await one!.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid,
  );
  expect(new Set(await Promise.all(backends)).size).toBe(1);
  await one!.query('COMMIT');
  await Promise.all([one!.end(), other!.end()]);
  const refused = new pg.Client({ connectionString: `${pooler.url}&options=-c%20statement_timeout=1` });
  refused.on('error', () => undefined);
  await expect(refused.connect()).rejects.toThrow(/unsupported startup parameter/);
});

test('with DATABASE_DIRECT_URL all is as without a pooler: webhooks, delivery, pages, migrations and notices', async () => {
  await query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  const { url, output } = await start({ DATABASE_DIRECT_URL: database.url });
  const cookie = await signInAs(url, database.url, 'viewer');
  const load = startLoad(url, 20);
  for (const page of ['/', '/waiting', '/health', '/incidents']) {
    const answer = await fetchAs(cookie, url + page);
    expect(answer.status, page).toBe(200);
    await answer.text();
  }
  await allDelivered(load, 60);
  expect(pooler.moved()).toBeGreaterThan(20);
  expect(
    await query("SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'"),
  ).toBeGreaterThan(0);
  const ready = await (await fetch(`${url}/readyz`)).text();
  expect(ready).not.toContain('pooler');
  expect(output()).not.toMatch(/prepared statement|unsupported startup/);
  expect(await query("SELECT FROM webhook_events WHERE via = 'spool'")).toBe(0);
});

test('without it, it says in a sentence that notices come late and what to set; delivery goes on by looking', async () => {
  const { url, output } = await start({ ROLE: 'web' });
  await start({ ROLE: 'worker' });
  const ready = await until('it is said', async () => {
    const text = await (await fetch(`${url}/readyz`)).text();
    return text.includes('pooler') ? text : null;
  });
  expect(ready).toContain('processes learn of each other’s changes late');
  expect(ready).toContain('Set DATABASE_DIRECT_URL');
  expect(output()).toContain('Set DATABASE_DIRECT_URL');
  const load = startLoad(url, 20);
  await allDelivered(load, 40);
  expect(output()).not.toMatch(/prepared statement|unsupported startup/);
});
