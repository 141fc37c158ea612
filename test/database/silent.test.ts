import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { isDatabaseAway } from '../../app/lib/database/transaction.server.ts';
import { openDatabase } from '../../app/lib/database/database.server.ts';
import { createLog } from '../../app/lib/log.server.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { removeDataDir } from '../support/data-dir.ts';
import { createTestDatabase } from '../support/database.ts';
import { startMuteProxy, type MuteProxy } from '../support/mute-proxy.ts';
import { createTestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { startLoad } from '../support/webhook-load.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let proxy: MuteProxy;
let direct: pg.Pool;
beforeEach(async () => {
  database = await createTestDatabase();
  proxy = await startMuteProxy(database.url);
  direct = new pg.Pool({ connectionString: database.url, max: 2 });
});
afterEach(async () => {
  await direct.end();
  await proxy.stop();
  await database.drop();
});

/** New connections to the database have worked for this long, ms: then everything must be on its way again. */
const SOON_MS = 20_000;

test('deliveries, receipt, page and notices go on soon after all connections to the database went silent at once, twice', async () => {
  const dataDir = await makeQuickFolder('silent');
  const agent: AgentService = await startAgent();
  const app: AppProcess = await startApp({
    DATABASE_URL: proxy.url,
    DATA_DIR: dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
  });
  try {
    await app.ready();
    for (const muteMs of [1500, 6000]) {
      const load = startLoad(app.url, 20);
      await delay(1500);
      proxy.mute();
      // It takes three seconds until the last answer is too old, and about eight until the database counts as lost.
      await Promise.all([delay(muteMs), muteMs > 5000 && saysSilence(app)]);
      const before = [...load.acknowledged.keys()];
      expect(before.length).toBeGreaterThan(10);
      const healedAt = performance.now();
      proxy.heal();
      const delivered = () => agent.records.bodyHashes();
      await until(
        'what was acknowledged before has been delivered',
        () => before.every((key) => delivered().has(key)),
        SOON_MS,
      );
      expect(performance.now() - healedAt).toBeLessThan(SOON_MS);
      await until('the app is ready', async () => (await fetch(`${app.url}/readyz`)).status === 200);
      await load.stop();
      const all = [...load.acknowledged.keys()];
      await until('everything acknowledged has been delivered', () =>
        all.every((key) => delivered().has(key)),
      );
      await until('nothing is in flight or waiting', async () => {
        const { rows } = await direct.query<{ open: number }>(
          "SELECT (SELECT count(*) FROM leases) + (SELECT count(*) FROM deliveries WHERE state = 'pending') AS open",
        );
        return Number(rows[0]!.open) === 0;
      });
    }
  } finally {
    await app.kill('SIGTERM');
    await agent.stop();
    await removeDataDir(dataDir);
  }
});

test('a half-open connection for notices is noticed within 30 s, though nobody says anything on it', async () => {
  const [one, other] = [
    await createTestServices({ DATABASE_URL: proxy.url }),
    await createTestServices({ DATABASE_URL: database.url }),
  ];
  try {
    await until('it listens', async () => (await listeners()) >= 2);
    proxy.mute();
    proxy.heal();
    let told = 0;
    one.changes.on('page', () => (told += 1));
    await until(
      'a notice of another process arrives',
      async () => {
        other.changes.announce('page');
        await delay(200);
        return told > 0;
      },
      30_000,
    );
  } finally {
    await one.close();
    await other.close();
  }
});

test('what a connection had locked when it went silent is free again soon', async () => {
  const services = await createTestServices({ DATABASE_URL: proxy.url });
  try {
    const client = await services.db.pool.connect();
    await client.query('BEGIN');
    await client.query("UPDATE breakers SET cooldown_ms = cooldown_ms WHERE name = 'agent'");
    proxy.mute();
    const unheard = client.query('COMMIT').then(
      () => 'heard',
      (error: unknown) => isDatabaseAway(error),
    );
    proxy.heal();
    await until(
      'somebody else may have the row',
      () => services.db.pool.query("UPDATE breakers SET cooldown_ms = cooldown_ms WHERE name = 'agent'"),
      SOON_MS,
    );
    expect(await unheard).toBe(true);
    client.release(true);
  } finally {
    await services.close();
  }
});

test('a statement that takes long is not taken for one that was lost', async () => {
  const services = await createTestServices({ DATABASE_URL: proxy.url });
  try {
    const { rows } = await services.db.pool.query("SELECT 'done' AS word FROM pg_sleep(9)");
    expect(rows).toEqual([{ word: 'done' }]);
  } finally {
    await services.close();
  }
});

test('a process that migrates and goes silent keeps the next one waiting for a moment only', async () => {
  const name = `silent_${process.pid}`;
  await direct.query(`CREATE DATABASE ${name}`);
  const [muted, free] = [proxy.url, database.url].map(
    (url) => Object.assign(new URL(url), { pathname: `/${name}` }).href,
  );
  const client = new pg.Client({ connectionString: muted });
  client.on('error', () => undefined);
  await client.connect();
  // As far as a process comes that goes silent in the middle: it has the lock and will never say so.
  await client.query('SET idle_in_transaction_session_timeout = 10000');
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock(7204118001)');
  proxy.mute();
  const db = openDatabase({ databaseUrl: free, dataDir: '.', log: createLog('silent') });
  try {
    await Promise.race([
      db.ready,
      delay(SOON_MS, undefined, { ref: false }).then(() => Promise.reject(new Error('not migrated in time'))),
    ]);
  } finally {
    await db.stop();
    void client.end();
    await direct.query(`DROP DATABASE ${name} WITH (FORCE)`);
  }
});

const saysSilence = ({ url }: AppProcess) =>
  until('/readyz says since when nothing was heard', async () => {
    const answer = await fetch(`${url}/readyz`);
    return (
      answer.status === 503 && /has not answered since 20\d\d-|does not answer/.test(await answer.text())
    );
  });

async function listeners(): Promise<number> {
  const { rows } = await direct.query<{ n: string }>(
    "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
  );
  return Number(rows[0]!.n);
}
