import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { freePort, runToEnd, startApp, type AppProcess } from '../support/app-process.ts';
import { postmasterPid, removeDataDir } from '../support/data-dir.ts';
import { until } from '../support/until.ts';
import { startLoad } from '../support/webhook-load.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

let dataDir: string;
let agent: AgentService;
let env: Record<string, string>;
let apps: AppProcess[];

beforeEach(async () => {
  dataDir = await makeQuickFolder('crash');
  agent = await startAgent();
  apps = [];
  env = {
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
    BREAKER_COOLDOWN_MS: '200',
  };
});

afterEach(async () => {
  for (const app of apps) await app.kill('SIGTERM');
  await agent.stop();
  await removeDataDir(dataDir);
});

async function start(extra: Record<string, string> = {}): Promise<AppProcess> {
  const app = await startApp({ ...env, ...extra });
  apps.push(app);
  return app;
}

async function ledger() {
  const { code, stdout } = await runToEnd(['app/cli/status.ts', '--json'], { ...env, LOG_LEVEL: 'silent' });
  expect(code).toBe(0);
  return (
    JSON.parse(stdout) as {
      ledger: { received: number; delivered: number; spooled: number; balanced: boolean };
    }
  ).ledger;
}

async function everythingArrives(acknowledged: Map<string, number>) {
  await until(
    'every acknowledged webhook has reached the Agent service',
    () => {
      const arrived = agent.records.bodyHashes();
      return [...acknowledged.keys()].every((hash) => arrived.has(hash));
    },
    60_000,
  );
  const settled = await until('the ledger shows all as delivered', async () => {
    const now = await ledger();
    return now.delivered === now.received && now.spooled === 0 ? now : null;
  });
  expect(settled.received).toBeGreaterThanOrEqual(acknowledged.size);
  expect(settled.balanced).toBe(true);
}

test('kill -9 of the app under load, again and again: every acknowledged webhook is delivered', async () => {
  let app = await start();
  await app.ready();
  const load = startLoad(app.url);
  for (let round = 1; round <= 4; round++) {
    const before = load.acknowledged.size;
    // A different moment each time, counted in webhooks rather than in time.
    const more = 40 + Math.floor(Math.random() * 150);
    await until(
      `${more} more webhooks are acknowledged`,
      () => load.acknowledged.size >= before + more,
      60_000,
    );
    await app.kill('SIGKILL');
    app = await start();
  }
  await load.stop();
  await app.ready();
  await everythingArrives(load.acknowledged);
}, 180_000);

test('kill -9 of PostgreSQL under load: webhooks are still acknowledged, and every one is delivered', async () => {
  const app = await start();
  await app.ready();
  const load = startLoad(app.url);
  for (let round = 1; round <= 2; round++) {
    const before = load.acknowledged.size;
    await until('webhooks flow', () => load.acknowledged.size >= before + 100, 60_000);
    const postmaster = await postmasterPid(dataDir);
    process.kill(postmaster, 'SIGKILL');
    await until(
      'PostgreSQL was started again',
      async () => (await postmasterPid(dataDir)) !== postmaster,
      30_000,
    );
    await app.ready();
  }
  await load.stop();
  expect([...load.answers.keys()]).toEqual([200]);
  await everythingArrives(load.acknowledged);
}, 180_000);

test('kill -9 of app and PostgreSQL at once: what was acknowledged is delivered by the next start', async () => {
  let app = await start();
  await app.ready();
  const load = startLoad(app.url);
  await until('webhooks flow', () => load.acknowledged.size >= 150, 60_000);
  process.kill(await postmasterPid(dataDir), 'SIGKILL');
  await until('webhooks flow without PostgreSQL', () => load.acknowledged.size >= 160, 60_000);
  await app.kill('SIGKILL');
  await load.stop();
  app = await start();
  await app.ready();
  await everythingArrives(load.acknowledged);
}, 180_000);

test('SIGTERM ends within its time, with exit code 0, and nothing is lost', async () => {
  let app = await start();
  await app.ready();
  await agent.setMode('ok', { latencyMs: 300 });
  const load = startLoad(app.url);
  await until('webhooks flow', () => load.acknowledged.size >= 60, 60_000);
  const stopped = app.kill('SIGTERM');
  await load.stop();
  expect(await stopped).toBe(0);
  await agent.setMode('ok');
  app = await start();
  await app.ready();
  await everythingArrives(load.acknowledged);
  expect(agent.records.duplicateCount()).toBe(0);
}, 120_000);

test('web and worker processes started together share one database; a killed worker is replaced by the other', async () => {
  const web = await start({ ROLE: 'web' });
  await agent.setMode('ok', { latencyMs: 20 });
  const workers = await Promise.all([start({ ROLE: 'worker' }), start({ ROLE: 'worker' })]);
  await web.ready();
  const load = startLoad(web.url);
  await until('webhooks flow', () => load.acknowledged.size >= 200, 60_000);
  await workers[0].kill('SIGKILL');
  await until('webhooks flow on', () => load.acknowledged.size >= 300, 60_000);
  await load.stop();
  await everythingArrives(load.acknowledged);
}, 120_000);
