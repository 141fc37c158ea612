import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/browser.ts';
import { person } from '../support/person.ts';
import { fetchAs, openTestAccess, useCookies, type TestAccess } from '../support/sign-in.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { appendRows } from './rows.ts';

let services: TestServices;
let access: TestAccess;
let cookie: string;
const fetch = (input: string | URL, init?: RequestInit) => fetchAs(cookie, input, init);
let app: AppProcess;
let browser: Browser;

beforeAll(async () => {
  services = await createTestServices();
  await appendRows(services, 60);
  await appendRows(services, 1, () => ({
    actor: person('<script>alert(1)</script>\u202e', { id: 'user:9', via: 'token' }),
    action: 'dead_letters.discard',
    target: '</time><img src=x onerror=alert(2)>',
    before: { state: 'dead', ids: Array.from({ length: 100 }, (_, i) => i) },
    after: { state: 'discarded' },
    reason: 'javascript:alert(3)\u0007',
  }));
  app = await startApp({ DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir });
  await app.ready();
  access = openTestAccess(services);
  cookie = await access.signIn('admin');
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  access.stop();
  expect(await app.kill('SIGTERM')).toBe(0);
  await services.close();
});

const rows = (page: Page) => page.locator('#audit tbody tr');

test.each([
  ['a wide screen in light', DESKTOP, 'light', true],
  ['a phone in dark, without JavaScript', PHONE, 'dark', false],
] as const)('on %s: read, filter, page on; nothing in a row acts', async (_name, device, colorScheme, js) => {
  const context = await browser.newContext({ ...device, colorScheme, javaScriptEnabled: js });
  await useCookies(context, app.url, cookie);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('dialog', (dialog) => problems.push(dialog.message()));
  try {
    await page.goto(app.url);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'Audit log' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
    // The heading may show while the rest of the document is still coming.
    await until('a page of rows shows', async () => (await rows(page).count()) === 50);
    const newest = await rows(page).first().innerText();
    expect(newest).toContain('<script>alert(1)</script>\\u202e');
    expect(newest).toContain('Discarded dead letters');
    expect(newest).toContain('API token, from 192.0.2.7');
    expect(newest).toMatch(/state\s*dead\s*→\s*discarded/);
    if (js) expect(await violationsOf(page)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);

    await page.getByRole('link', { name: 'Older' }).click();
    await page.waitForURL(/older=12/);
    await until('the older rows show', async () => (await rows(page).count()) === 11);
    await page.getByRole('link', { name: 'Newest' }).click();
    await page.waitForURL((url) => url.search === '');

    await page.getByLabel('Action').selectOption('Changed a contact');
    await page.getByLabel('To (UTC)').fill('2026-11-23T08:00');
    await page.getByLabel('Who').fill('ADA');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.waitForURL(/who=ADA/);
    await until('only Ada shows', async () => !(await rows(page).first().innerText()).includes('script'));
    await until('a page of rows shows', async () => (await rows(page).count()) === 50);
    const file = await page.getByRole('link', { name: 'Export as CSV' }).getAttribute('href');
    const text = await (await fetch(new URL(file!, app.url))).text();
    expect(text.trim().split('\r\n')).toHaveLength(61);
    await page.getByRole('link', { name: 'Clear filter' }).click();
    await page.waitForURL((url) => url.search === '');
    expect(problems).toEqual([]);
  } finally {
    await context.close();
  }
});

test('a large export arrives whole, and others are answered meanwhile', async () => {
  await services.db.pool.query(
    `INSERT INTO audit_log (at, actor_id, actor_name, actor_role, via, action, target)
     SELECT now(), 'x', 'x', 'admin', 'cli', 'large.row', repeat('x', 4000) FROM generate_series(1, 15000)`,
  );
  const response = await fetch(`${app.url}/audit.csv?action=large.row`);
  const reader = response.body!.getReader();
  await reader.read();
  // 60 MB are to come.
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  let lines = 0;
  const decoder = new TextDecoder();
  for (let read = await reader.read(); !read.done; read = await reader.read())
    lines += decoder.decode(read.value, { stream: true }).split('\r\n').length - 1;
  expect(lines).toBeGreaterThanOrEqual(15_000);
});
