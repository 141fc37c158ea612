import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { seededRandom } from '../../app/sandbox/random.ts';
import { accountFor } from '../faults/account-for.ts';
import { startCustomers } from '../faults/customers.ts';
import { startOwnPostgres, type OwnPostgres } from '../intake/own-postgres.ts';
import { freePort, runToEnd, startApp, type AppProcess } from '../support/app-process.ts';
import { startMuteProxy, type MuteProxy } from '../support/mute-proxy.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { until } from '../support/until.ts';
import { startStandBy, type StandBy } from './stand-by.ts';

/** On a busy machine everything takes long. */
const PATIENCE_MS = 180_000;

let primary: OwnPostgres;
/** The primary's place in DATABASE_URL, which has a host and a port. */
let proxy: MuteProxy;
let standBy: StandBy | undefined;
let agent: AgentService;
let chatwoot: Chatwoot;
let app: AppProcess;
let dataDir: string;

beforeEach(async () => {
  [primary, agent, chatwoot] = await Promise.all([startOwnPostgres(), startAgent(), startChatwoot()]);
  proxy = await startMuteProxy(primary.url);
  standBy = await startStandBy(primary);
  dataDir = await makeQuickFolder('promoted');
  const port = await freePort();
  const [one, other] = [new URL(proxy.url), new URL(standBy.url)];
  const env = {
    DATABASE_URL: `postgresql://${one.username}:${one.password}@${one.host},${other.host}${one.pathname}`,
    DATA_DIR: dataDir,
    PORT: String(port),
    APP_URL: `http://127.0.0.1:${port}`,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
  };
  app = await startApp(env);
  await app.ready();
  const connected = await runToEnd(['app/cli/connect-chatwoot.ts'], env);
  expect(connected.code, connected.output).toBe(0);
});
afterEach(async () => {
  await app.kill('SIGTERM');
  await proxy.stop();
  await standBy?.remove();
  await Promise.all([agent.stop(), chatwoot.stop()]);
  await primary.remove();
  await rm(dataDir, { recursive: true, force: true });
});

/** Customers write on, while the primary is killed for good and the stand-by takes its place. */
async function failOver(before: () => Promise<void>) {
  const customers = startCustomers(chatwoot, { perSecond: 8, random: seededRandom(3) });
  await delay(2000);
  await before();
  await primary.kill();
  await delay(1500);
  await standBy!.promote();
  await until('it is ready', async () => (await fetch(`${app.url}/readyz`)).status === 200, PATIENCE_MS);
  await delay(2000);
  customers.stop();
  const { written } = customers;
  const arrived = () => new Set(agent.records.received.map(({ messageId }) => messageId));
  await until(
    'everything has arrived',
    () => ((all) => written.every(({ id }) => all.has(id)))(arrived()),
    PATIENCE_MS,
  ).catch(() => undefined);
  return accountFor(written, agent.records.received, []);
}

async function asked<Row extends object>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: standBy!.url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('a synchronous stand-by takes the place of a killed primary: everything arrives once, by webhook', async () => {
  const superuser = new pg.Client({ connectionString: primary.superuserUrl });
  superuser.on('error', () => undefined);
  await superuser.connect();
  await superuser.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
  await superuser.query('SELECT pg_reload_conf()');
  await superuser.end();
  const account = await failOver(() => Promise.resolve());
  const evidence = JSON.stringify(account);
  expect(account.written, evidence).toBeGreaterThan(20);
  expect([account.missing, account.twice, account.fetched], evidence).toEqual([0, 0, 0]);
}, 600_000);

test('a stand-by that misses the last seconds is promoted: what it never had is fetched from Chatwoot, under the same ids', async () => {
  const account = await failOver(async () => {
    await standBy!.caughtUp();
    await standBy!.cutOff();
    await delay(4000);
  });
  const evidence = JSON.stringify(account);
  expect(account.written, evidence).toBeGreaterThan(40);
  expect([account.missing, account.twice], evidence).toEqual([0, 0]);
  // Delivered before, and once more because nothing of it was on record any more: the Agent service knows the id.
  expect(account.repeated + account.fetched, evidence).toBeGreaterThan(0);
  const known = await until(
    'the database knows of every message again',
    async () => {
      const rows = await asked<{ n: number }>(
        "SELECT count(*)::int AS n FROM webhook_events e JOIN deliveries d USING (seq) WHERE e.event = 'message_created' AND d.state = 'delivered'",
      );
      return rows[0]!.n >= account.written ? rows[0]!.n : null;
    },
    PATIENCE_MS,
  );
  expect(known).toBeGreaterThanOrEqual(account.written);
}, 600_000);
