import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, rested } from '../support/browser.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, signInOver, useCookies as giveCookies } from '../support/sign-in.ts';

let services: TestServices;
let agent: AgentService;
let chatwoot: Chatwoot;
let app: AppProcess;
let browser: Browser;

beforeAll(async () => {
  services = await createTestServices();
  [agent, chatwoot] = await Promise.all([startAgent(), startChatwoot()]);
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
  });
  await app.ready();
  browser = await launchBrowser();
}, 180_000);
afterAll(async () => {
  await browser.close();
  await app.kill('SIGTERM');
  await Promise.all([agent.stop(), chatwoot.stop()]);
  await services.close();
});

test('a replay of 1,050 shows progress, rate, time left, pause and cancel where it was started', async () => {
  await insertEvents(services, { count: 1050 });
  const context = await browser.newContext(DESKTOP);
  await giveCookies(
    context,
    app.url,
    await signInOver(app.url, await addPerson(services.databaseUrl, 'admin', 'Ada')),
  );
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(app.url);
  await page
    .locator('.oc-state')
    .getByRole('button', { name: /^Replay 1,050/ })
    .waitFor();
  await rested(page);
  const pressedAt = performance.now();
  await page
    .locator('.oc-state')
    .getByRole('button', { name: /^Replay 1,050/ })
    .click();
  const replay = page.getByRole('listitem').filter({ hasText: /Replay \d+: 1,050 webhooks/ });
  await replay.getByRole('progressbar').waitFor();
  console.log(`progress ${Math.round(performance.now() - pressedAt)} ms after the click`);
  await replay.getByText(/ a second · about .* left/).waitFor();
  await replay.getByRole('button', { name: /^Cancel replay/ }).waitFor();
  await rested(page);
  await replay.getByRole('button', { name: /^Pause replay/ }).click();
  await replay.getByText('Paused').waitFor();
  await rested(page);
  await replay.getByRole('button', { name: /^Cancel replay/ }).click();
  await replay.waitFor({ state: 'detached' });
  const { rows } = await services.db.pool.query<{ state: string }>('SELECT state FROM replays');
  expect(rows).toEqual([{ state: 'cancelled' }]);
}, 180_000);
