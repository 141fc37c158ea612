import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { violationsOf } from '../support/accessibility.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE, rested } from '../support/browser.ts';
import { addPerson, fetchAs, signInOver, useCookies as giveCookies } from '../support/sign-in.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { registerWebhook } from '../canary/canary-world.ts';

let services: TestServices;
let chatwoot: Chatwoot;
let agent: AgentService;
let app: AppProcess;
let browser: Browser;
let cookie: string;

beforeAll(async () => {
  services = await createTestServices();
  chatwoot = await startChatwoot({ webhookConcurrency: 1 });
  agent = await startAgent({ drafts: { chatwootUrl: chatwoot.url, token: chatwoot.botToken } });
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    // The longest time without a check that counts is ten seconds and more: a busy machine is no gap.
    HEALTH_CHECK_INTERVAL: '1s',
    RECOVERY_GREEN_FOR: '2s',
  });
  await app.ready();
  await registerWebhook(chatwoot, `${app.url}/api/webhooks/chatwoot`);
  cookie = await signInOver(app.url, await addPerson(services.databaseUrl, 'responder', 'Ada Lovelace'));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await app.kill('SIGTERM');
  await chatwoot.stop();
  await agent.stop();
  await services.close();
});

async function post(path: string, fields: Record<string, string>) {
  const response = await fetchAs(cookie, app.url + path, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function onPage(options: BrowserContextOptions, path: string, story: (page: Page) => Promise<void>) {
  const context = await browser.newContext(options);
  await giveCookies(context, app.url, cookie);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  try {
    await page.goto(app.url + path);
    await story(page);
    if (options.javaScriptEnabled !== false) expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(problems).toEqual([]);
  } finally {
    await context.close();
  }
}

const LONG = { timeout: 300_000 };
const PATIENCE_MS = 60_000;
const headline = (page: Page) => page.getByRole('heading', { level: 1 }).innerText();
const says = (page: Page, words: RegExp) =>
  until(`the page says ${words}`, async () => words.test(await headline(page)), PATIENCE_MS);

test('out of fallback mode and of an incident, by both checklists', LONG, async () => {
  const opened = await post('/api/incidents', {
    title: 'Drafts are wrong',
    severity: 'P1',
    cause: 'delivery',
    reason: 'Customers complain',
  });
  expect(opened.status).toBeLessThan(300);
  const { incidentId } = opened.body as { incidentId: number };
  expect((await post('/api/fallback/toggle', { to: 'on', reason: 'Drafts are wrong' })).status).toBe(200);
  const refused = await post('/api/fallback/toggle', { to: 'off', reason: 'Better' });
  expect(refused).toMatchObject({ status: 409, body: { code: 'checklist_open' } });

  // A phone without JavaScript: the canary is started and its draft approved by plain forms.
  await onPage({ ...PHONE, javaScriptEnabled: false }, '/recovery', async (page) => {
    expect(await headline(page)).toMatch(/^Fallback mode is on: \d of 7/);
    await page.getByRole('button', { name: 'Run the canary' }).last().click();
    await page.getByText('The canary has started').waitFor();
    await until(
      'the draft is there',
      async () => {
        await page.reload();
        return (await page.getByRole('button', { name: 'Approve the draft' }).count()) > 0;
      },
      PATIENCE_MS,
    );
    await page.getByRole('button', { name: 'Approve the draft' }).first().click();
    await page.getByText('Approved: the canary publishes the reply.').waitFor();
  });

  await onPage({ ...DESKTOP, colorScheme: 'light' }, '/recovery', async (page) => {
    // The page goes on by itself as the canary does.
    await until(
      'the canary has passed',
      async () => (await page.locator('#canary').innerText()).includes('Passed'),
      PATIENCE_MS,
    );
    await until(
      'what the app checks is done',
      async () => (await page.locator('#restore').innerText()).includes('5 of 7 done'),
      PATIENCE_MS,
    );
    const restore = page.locator('#restore');
    await restore.getByRole('textbox', { name: /SLA monitoring/ }).fill('Clocks run again');
    await restore.getByRole('button', { name: 'Done: SLA monitoring re-enabled' }).click();
    await restore.getByText('6 of 7 done').waitFor();
    await restore.getByText('Done: 6 of 7', { exact: true }).click();
    await restore.getByText('Clocks run again').waitFor();
    await rested(page);
    await restore.getByRole('button', { name: 'Done: Team notified of restoration' }).click();
    await says(page, /^The restore checklist is done/);
    expect(await restore.innerText()).toContain('Ada Lovelace');
  });
  expect((await post('/api/fallback/toggle', { to: 'off', reason: 'Better' })).status).toBe(200);

  const resolution = { resolution: 'A wrong model was deployed' };
  expect(await post(`/api/incidents/${incidentId}/resolve`, resolution)).toMatchObject({
    status: 409,
    body: { outcome: 'not_verified' },
  });
  await onPage({ ...PHONE, colorScheme: 'dark' }, `/incidents/${incidentId}/recovery`, async (page) => {
    await until(
      'all but the review is proved',
      async () => (await page.locator('#recovery').innerText()).includes('6 of 7 done'),
      PATIENCE_MS,
    );
    await page
      .locator('#recovery')
      .getByRole('button', { name: /^Done: SLA adherence/ })
      .click();
    // A check that fails on a busy machine locks the form again for seconds, whatever was seen before.
    const resolve = page.locator('#resolve');
    await until(
      'the incident is resolved',
      async () => {
        if (/is resolved: 0 of 4/.test(await headline(page))) return true;
        const button = resolve.getByRole('button', { name: 'Resolve', exact: true });
        if ((await button.count()) === 0 || !(await button.isEnabled())) return false;
        await resolve.getByLabel('What it was').fill(resolution.resolution);
        await button.click({ timeout: 5_000 }).catch(() => undefined);
        return false;
      },
      PATIENCE_MS,
    );
    await rested(page);
    await page.getByRole('button', { name: 'Done: Status page updated' }).click();
    await says(page, /is resolved: 1 of 4/);
  });

  const { rows } = await services.db.pool.query<{ action: string; actor_name: string }>(
    `SELECT action, actor_name FROM audit_log WHERE action LIKE 'gates.%' OR action = 'incidents.resolved' ORDER BY id`,
  );
  expect(rows.map(({ action }) => action)).toEqual([
    ...['gates.canary_start', 'gates.canary_approve', 'gates.tick', 'gates.tick', 'gates.tick'],
    ...['incidents.resolved', 'gates.tick'],
  ]);
  expect(new Set(rows.map(({ actor_name }) => actor_name))).toEqual(new Set(['Ada Lovelace']));
});

test(
  'an override needs its reason, and stands in the incident, the timeline and the audit log',
  LONG,
  async () => {
    const opened = await post('/api/incidents', {
      title: 'Again',
      severity: 'P2',
      cause: 'chatwoot',
      reason: 'x',
    });
    const { incidentId } = opened.body as { incidentId: number };
    await onPage({ ...DESKTOP, colorScheme: 'dark' }, `/incidents/${incidentId}`, async (page) => {
      await page.getByText('Resolve it', { exact: true }).click();
      await page.getByLabel('What it was').fill('A false alarm');
      await page.getByRole('button', { name: 'Resolve all the same' }).click();
      // The browser itself asks for the reason; then it is given.
      await page.getByLabel('Reason to resolve it before its recovery is proved').fill('Nobody was affected');
      await page.getByRole('button', { name: 'Resolve all the same' }).click();
      await page.getByText('Resolved. The incident report is due within 24 hours.').waitFor();
    });
    const incident = await services.db.prisma.incident.findUniqueOrThrow({ where: { id: incidentId } });
    expect(incident).toMatchObject({ status: 'resolved', overrideReason: 'Nobody was affected' });
    const { rows } = await services.db.pool.query<{ reason: string }>(
      `SELECT reason FROM audit_log WHERE action = 'incidents.resolved' ORDER BY id DESC LIMIT 1`,
    );
    expect(rows).toEqual([{ reason: 'Nobody was affected' }]);
    const { rows: lines } = await services.db.pool.query<{ text: string }>(
      `SELECT text FROM incident_timeline WHERE incident_id = $1 AND kind = 'resolved'`,
      [incidentId],
    );
    expect(lines[0]!.text).toContain('before it was proved (Nobody was affected): A false alarm');
  },
);
