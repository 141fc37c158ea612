import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { applyMigrations } from '../../app/lib/database/migrate.server.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startOwnPostgres, type OwnPostgres } from '../intake/own-postgres.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { startMuteProxy, type MuteProxy } from '../support/mute-proxy.ts';
import { fetchAs, signInAs } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { startLoad } from '../support/webhook-load.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

// Each story waits for several servers and processes, one after the other.
vi.setConfig({ testTimeout: 300_000 });

/** Two servers with the same names and passwords, as a primary and its stand-by have them. */
let servers: [OwnPostgres, OwnPostgres];
let proxy: MuteProxy;
let agent: AgentService;
let dataDir: string;
let app: AppProcess | undefined;

const SOON_MS = 20_000;
const ROLE = 'app_role';
const asRole = (url: string) =>
  Object.assign(new URL(url), { username: ROLE, password: 'pw', pathname: `/${ROLE}` }).href;

beforeAll(async () => {
  servers = await Promise.all([startOwnPostgres(), startOwnPostgres()]);
  for (const { url, superuserUrl } of servers) {
    await run(
      superuserUrl,
      `CREATE ROLE ${ROLE} LOGIN PASSWORD 'pw' CREATEDB`,
      `CREATE DATABASE ${ROLE} OWNER ${ROLE}`,
    );
    await applyMigrations(new pg.Client(asRole(url)));
  }
  // A stand-by has the primary's rows; these two share none, so their numbers must not meet.
  await run(
    asRole(servers[1].url),
    "SELECT setval(pg_get_serial_sequence('webhook_events', 'seq'), 1000000)",
  );
});
afterAll(async () => {
  for (const server of servers) await server.remove();
});
beforeEach(async () => {
  for (const { url } of servers) await run(asRole(url), 'TRUNCATE webhook_events, deliveries CASCADE');
  dataDir = await makeQuickFolder('failover');
  agent = await startAgent();
  proxy = await startMuteProxy(asRole(servers[0].url));
});
afterEach(async () => {
  await app?.kill('SIGTERM');
  app = undefined;
  await proxy.stop();
  await agent.stop();
  for (const { superuserUrl } of servers)
    await run(
      superuserUrl,
      'ALTER SYSTEM RESET default_transaction_read_only',
      'SELECT pg_reload_conf()',
      `ALTER ROLE ${ROLE} CONNECTION LIMIT -1`,
    );
  await rm(dataDir, { recursive: true, force: true });
});

async function run(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('SET default_transaction_read_only = off');
  for (const statement of statements) await client.query(statement);
  await client.end();
}

const demote = (server: OwnPostgres) =>
  run(server.superuserUrl, 'ALTER SYSTEM SET default_transaction_read_only = on', 'SELECT pg_reload_conf()');
const promote = (server: OwnPostgres) =>
  run(server.superuserUrl, 'ALTER SYSTEM RESET default_transaction_read_only', 'SELECT pg_reload_conf()');

async function start(databaseUrl: string, env: Record<string, string> = {}): Promise<AppProcess> {
  app = await startApp({
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
    ...env,
  });
  await app.ready();
  return app;
}

const readyz = async ({ url }: AppProcess) => {
  const answer = await fetch(`${url}/readyz`);
  return { status: answer.status, text: await answer.text() };
};

async function allDelivered(load: ReturnType<typeof startLoad>): Promise<void> {
  await load.stop();
  const all = [...load.acknowledged.keys()];
  expect(all.length).toBeGreaterThan(0);
  // After a gap what is newer waits for a comparison, 20 s at most; this Chatwoot never answers.
  await until(
    'everything acknowledged is delivered',
    () => {
      const delivered = agent.records.bodyHashes();
      return all.every((key) => delivered.has(key));
    },
    90_000,
  );
}

test('a database that takes no writes is said as such, nothing is lost, and all goes on when it takes them again', async () => {
  const { url } = await start(proxy.url);
  const cookie = await signInAs(url, asRole(servers[0].url), 'viewer');
  await (await fetchAs(cookie, url)).text();
  const load = startLoad(url, 50);
  await delay(500);
  await demote(servers[0]);
  const { text } = await until('it is noticed', async () => {
    const now = await readyz(app!);
    return now.status === 503 ? now : null;
  });
  expect(text).toContain('The database takes no writes');
  expect(text).toContain('promote this one');
  const page = await (await fetchAs(cookie, url)).text();
  expect(page).toContain('Database read-only');
  expect(page).toContain('The database takes no writes');
  expect(page).not.toContain('No worker has been seen');
  await delay(1000);
  await promote(servers[0]);
  await until('it is ready', async () => (await readyz(app!)).status === 200, SOON_MS);
  await allDelivered(load);
});

test('connections that stayed with a demoted server lead to the new one soon', async () => {
  await start(proxy.url);
  const load = startLoad(app!.url, 50);
  await delay(500);
  await demote(servers[0]);
  proxy.leadTo(asRole(servers[1].url));
  await until('webhooks arrive in the other server', () => received(servers[1]), SOON_MS);
  await until('it is ready', async () => (await readyz(app!)).status === 200, SOON_MS);
  await load.stop();
  const later = startLoad(app!.url, 20);
  await delay(1500);
  await allDelivered(later);
});

test('of several servers the one that takes writes is used, and the other one when the roles change', async () => {
  await demote(servers[0]);
  const [one, other] = servers.map(({ url }) => new URL(url).host);
  await start(`postgresql://${ROLE}:pw@${one},${other}/${ROLE}?target_session_attrs=read-write`);
  const load = startLoad(app!.url, 20);
  await until('webhooks arrive in the second server', () => received(servers[1]), SOON_MS);
  await allDelivered(load);
  await promote(servers[0]);
  await demote(servers[1]);
  agent.records.clear();
  const later = startLoad(app!.url, 20);
  await until('webhooks arrive in the first server', () => received(servers[0]), SOON_MS);
  await allDelivered(later);
});

test.each([15, 10])(
  'with %i connections webhooks do not go to the spool, and all is delivered',
  async (limit) => {
    await run(servers[0].superuserUrl, `ALTER ROLE ${ROLE} CONNECTION LIMIT ${limit}`);
    // The role itself has no connection left for us.
    const asSuperuser = Object.assign(new URL(servers[0].superuserUrl), { pathname: `/${ROLE}` }).href;
    const { url } = await start(asRole(servers[0].url));
    const cookie = await signInAs(url, asSuperuser, 'viewer');
    const load = startLoad(url, 10);
    for (let round = 0; round < 5; round += 1) {
      const pages = await Promise.all([1, 2, 3, 4].map(() => fetchAs(cookie, url)));
      expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      await Promise.all(pages.map((page) => page.text()));
    }
    await allDelivered(load);
    const stored = new pg.Client({ connectionString: asSuperuser });
    await stored.connect();
    const { rows } = await stored.query<{ via: string; n: string }>(
      'SELECT via, count(*) AS n FROM webhook_events GROUP BY via',
    );
    await stored.end();
    const via = (way: string) => Number(rows.find((row) => row.via === way)?.n ?? 0);
    // A machine that stands still for two seconds may cost a few; with too few connections it was half of them.
    expect(via('spool')).toBeLessThan(via('direct') / 4);
    expect(app!.output()).not.toMatch(/timeout exceeded|too many (clients|connections)|no connection left/);
  },
);

test('when the server has fewer than it needs, it says so, and delivers all the same', async () => {
  await run(servers[0].superuserUrl, `ALTER ROLE ${ROLE} CONNECTION LIMIT 7`);
  await start(asRole(servers[0].url));
  const load = startLoad(app!.url, 50);
  const { text } = await until('it is said', async () => {
    const now = await readyz(app!);
    return now.text.includes('connections left') ? now : null;
  });
  expect(text).toContain('Raise max_connections');
  await allDelivered(load);
});

async function received(server: OwnPostgres): Promise<boolean> {
  const client = new pg.Client({ connectionString: asRole(server.url) });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: string }>('SELECT count(*) AS n FROM webhook_events');
    return Number(rows[0]!.n) > 0;
  } finally {
    await client.end();
  }
}
