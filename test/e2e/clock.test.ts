import { rm } from 'node:fs/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { exampleMessageBody } from '../support/examples.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import {
  notificationSettings,
  startNotifications,
  type Notifications,
} from '../../app/sandbox/notifications/notifications.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestDatabase } from '../support/database.ts';
import { addPerson, signInOver } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

const MINUTE_MS = 60_000;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: pg.Pool;
let dataDir: string;
let agent: AgentService;
let chatwoot: Chatwoot;
let told: Notifications;
let app: AppProcess;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  dataDir = await makeQuickFolder('clock');
  [agent, chatwoot, told] = await Promise.all([startAgent(), startChatwoot(), startNotifications()]);
});
afterEach(async () => {
  await app.kill('SIGTERM');
  await pool.end();
  await Promise.all([agent.stop(), chatwoot.stop(), told.stop()]);
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** The whole product in a process whose own clock is wrong. */
async function startShifted(shiftMs: number, laterMs = shiftMs) {
  app = await startApp(
    {
      NODE_OPTIONS: '--import ./test/support/shifted-clock.ts',
      CLOCK_SHIFT_MS: String(shiftMs),
      CLOCK_SHIFT_LATER_MS: String(laterMs),
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      AGENT_SDK_URL: agent.url,
      CHATWOOT_BASE_URL: chatwoot.url,
      CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
      CHATWOOT_API_TOKEN: chatwoot.apiToken,
      HEALTH_CHECK_INTERVAL: '2s',
      HEALTH_CONFIRM_INTERVAL: '500ms',
      CHATWOOT_WEBHOOK_BASE_DELAY_MS: '200',
      CHATWOOT_WEBHOOK_BACKOFF_FACTOR: '1.5',
      ...notificationSettings(told),
    },
    [],
  );
  await app.ready();
}

let sent = 0;
async function write(n: number) {
  for (let i = 0; i < n; i++) {
    sent += 1;
    const response = await fetch(`${app.url}/api/webhooks/chatwoot`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Chatwoot-Delivery': `clock-${sent}` },
      body: exampleMessageBody({ conversationId: sent, messageId: sent }),
    });
    expect(response.status).toBe(200);
  }
}

const one = async <T extends pg.QueryResultRow>(sql: string): Promise<T> =>
  (await pool.query<T>(sql)).rows[0]!;
const delivered = async () =>
  (await one<{ n: string }>("SELECT count(*) AS n FROM deliveries WHERE state = 'delivered'")).n;

/** Every time on record of the last minutes is the database's, to within the time that the test takes. */
async function farFromNow() {
  const { rows } = await pool.query<{ what: string }>(`
    SELECT what FROM (
      SELECT 'received' AS what, received_at AS at FROM deliveries
      UNION ALL SELECT 'due', due_at FROM deliveries
      UNION ALL SELECT 'finished', finished_at FROM deliveries
      UNION ALL SELECT 'attempt', started_at FROM attempts
      UNION ALL SELECT 'fact ' || fact_type, recorded_at FROM dashboard_facts
      UNION ALL SELECT 'bucket', bucket FROM fact_rollups WHERE resolution = 'second'
      UNION ALL SELECT 'health clock', due_at FROM health_clock
      UNION ALL SELECT 'probe', at FROM probe_results
      UNION ALL SELECT 'component', checked_at FROM health_components
      UNION ALL SELECT 'incident', started_at FROM incidents
      UNION ALL SELECT 'waiting', minute FROM waiting_samples
      UNION ALL SELECT 'notification due', due_at FROM notifications
      UNION ALL SELECT 'process', started_at FROM processes
    ) t WHERE at IS NOT NULL AND abs(extract(epoch FROM at - now())) > 100 GROUP BY what`);
  return rows.map(({ what }) => what);
}

test.each([
  ['two minutes ahead', 2 * MINUTE_MS],
  ['ten minutes ahead', 10 * MINUTE_MS],
  ['ten minutes behind', -10 * MINUTE_MS],
])(
  'a process whose clock is %s delivers, retries, checks and tells as ever',
  async (_what, shiftMs) => {
    await startShifted(shiftMs);
    let failures = 3;
    agent.setBehaviour(() => (failures-- > 0 ? { mode: 'status', status: 503 } : undefined));
    await write(10);
    await until('all are delivered', async () => (await delivered()) === '10', 20_000);
    agent.setBehaviour(null);

    await agent.setMode('down');
    await until(
      'somebody was told',
      async () =>
        (await one<{ n: string }>("SELECT count(*) AS n FROM notifications WHERE state = 'accepted'")).n !==
        '0',
      30_000,
    );
    await write(3);
    await agent.setMode('ok');
    await until('what was held is delivered', async () => (await delivered()) === '13', 30_000);
    expect(await farFromNow()).toEqual([]);

    const cookies = await signInOver(app.url, await addPerson(database.url, 'viewer'));
    const page = await (await fetch(app.url, { headers: { cookie: cookies } })).text();
    expect(page).toMatch(/The clock of \S+ is \d+ min (ahead of|behind) the database(&#x27;|')s/);
    expect(app.output()).toMatch(/"processTime":"[^"]+","databaseTime":"[^"]+"/);
  },
  120_000,
);

test('a clock that is set back by an hour stops nothing', async () => {
  await startShifted(0, -60 * MINUTE_MS);
  await write(1);
  await until('it is delivered', async () => (await delivered()) === '1', 20_000);
  const tick = async () => Number((await one<{ tick: string }>('SELECT tick FROM health_clock')).tick);
  await until('a health check was made', async () => (await tick()) > 1, 20_000);
  process.kill(app.pid, 'SIGUSR2');
  const before = await tick();
  await write(5);
  await until('the rest is delivered', async () => (await delivered()) === '6', 20_000);
  await until('three more health checks were made', async () => (await tick()) >= before + 3, 30_000);
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
  expect(await farFromNow()).toEqual([]);
}, 120_000);

/** Every time on record but the evidence is an hour ahead: the same as a database whose clock was set back by an hour. */
async function setDatabaseBack() {
  const { rows } = await pool.query<{ statement: string }>(`
    SELECT format('UPDATE %I SET %s', table_name, string_agg(format('%I = %I + interval ''1 hour''', column_name, column_name), ', ')) AS statement
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type = 'timestamp with time zone'
      AND table_name NOT IN ('dashboard_facts', 'audit_log', '_prisma_migrations', 'fact_rollups')
    GROUP BY table_name`);
  for (const { statement } of rows) await pool.query(statement);
}

test('a database whose clock is set back by an hour holds nothing up: not retries, not leases of the dead, not checks', async () => {
  await startShifted(0);
  await write(1);
  await until('it is delivered', async () => (await delivered()) === '1');
  agent.setBehaviour(() => ({ mode: 'status', status: 503 }));
  await write(3);
  await until(
    'they were tried',
    async () => (await one<{ n: string }>('SELECT count(*) AS n FROM attempts')).n > '3',
  );
  await agent.setMode('hang');
  agent.setBehaviour(null);
  await write(2);
  await until(
    'some are out',
    async () => (await one<{ n: string }>('SELECT count(*) AS n FROM leases')).n !== '0',
  );
  await app.kill('SIGKILL');
  await agent.setMode('ok');
  await setDatabaseBack();
  const { tick } = await one<{ tick: string }>('SELECT tick FROM health_clock');

  await startShifted(0);
  await until('all are delivered', async () => (await delivered()) === '6', 40_000);
  await until(
    'two more health checks were made',
    async () =>
      Number((await one<{ tick: string }>('SELECT tick FROM health_clock')).tick) >= Number(tick) + 2,
    40_000,
  );
  expect(app.output()).toContain("ahead of the database's clock");
}, 180_000);
