import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestDatabase } from '../support/database.ts';
import { startMuteProxy, type MuteProxy } from '../support/mute-proxy.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { startLoad } from '../support/webhook-load.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let proxy: MuteProxy;
let agent: AgentService;
let dataDir: string;
let app: AppProcess | undefined;

beforeEach(async () => {
  [database, agent, dataDir] = await Promise.all([
    createTestDatabase(),
    startAgent(),
    makeQuickFolder('muted-stop'),
  ]);
  proxy = await startMuteProxy(database.url);
});
afterEach(async () => {
  await app?.kill('SIGKILL');
  await proxy.stop();
  await agent.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

test.each([200, 3000])(
  'under load, %i ms after the database has gone silent, the process still ends in good order in time',
  async (silentMs) => {
    app = await startApp({
      DATABASE_URL: proxy.url,
      DATA_DIR: dataDir,
      AGENT_SDK_URL: agent.url,
      CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
      CHATWOOT_ACCOUNT_ID: '2',
      CHATWOOT_API_TOKEN: 'token',
    });
    await app.ready();
    const load = startLoad(app.url);
    await delay(1500);
    proxy.mute();
    await delay(silentMs);
    // It ends itself with 1 when 10 s were not enough.
    expect(await app.kill('SIGTERM'), app.output()).toBe(0);
    await load.stop();
  },
  120_000,
);
