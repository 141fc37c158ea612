import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/browser.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { openTestAccess, useCookies, type TestAccess } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

let services: TestServices;
let access: TestAccess;
let app: AppProcess;
let browser: Browser;
let cookie: string;
beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    HEALTH_CHECK_INTERVAL: '30s',
    HEALTH_CONFIRM_INTERVAL: '15s',
  });
  await app.ready();
  access = openTestAccess(services);
  cookie = await access.signIn('responder');
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  access.stop();
  await app.kill('SIGTERM');
  await services.close();
});

async function begin(page: Page): Promise<void> {
  await page.goto(`${app.url}/drill`);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Practise an outage');
  await page.getByLabel('Speed of its clock').selectOption('60');
  await page.getByLabel('The cause repairs itself after').fill('');
  await page.getByRole('button', { name: 'Begin the drill' }).click();
  await page.waitForURL(/\/drill\/\d+/);
}
const LONG = { timeout: 60_000 };

test('on a wide screen: begun, live, acknowledged, repaired, and the result beside the earlier ones', async () => {
  const context = await browser.newContext(DESKTOP);
  await useCookies(context, app.url, cookie);
  const page = await context.newPage();
  await begin(page);
  await page.getByRole('button', { name: 'Acknowledge' }).click(LONG);
  await page.getByText(/^by /).first().waitFor(LONG);
  const told = page.getByRole('region', { name: 'What customers are told' });
  await told.getByText(/left of the 2 min after the deciding check/).waitFor(LONG);
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole('button', { name: 'Publish the ready text' }).click();
  await told.getByText('Within 2 min', { exact: true }).waitFor(LONG);
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole('button', { name: 'Repair the cause' }).click();
  await page.getByText('Completed').waitFor(LONG);
  const table = page.getByRole('region', { name: 'How long it took' });
  expect(await table.textContent()).toMatch(
    /Detection.*\d+ s.*First public text.*\d+ s.*Not switched on.*Recovery/s,
  );
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole('link', { name: 'All drills' }).click();
  await page.getByRole('link', { name: 'Chatwoot is down' }).waitFor(LONG);
  await context.close();
}, 180_000);

test('on a phone in the dark without JavaScript: every step by plain forms', async () => {
  const context = await browser.newContext({ ...PHONE, colorScheme: 'dark', javaScriptEnabled: false });
  await useCookies(context, app.url, cookie);
  const page = await context.newPage();
  await begin(page);
  const button = (name: string) => page.getByRole('button', { name });
  const appears = (name: string) =>
    until(
      `there is "${name}"`,
      async () => {
        await page.reload();
        return (await button(name).count()) > 0;
      },
      60_000,
    );
  await appears('Acknowledge');
  await button('Acknowledge').click();
  await button('Switch fallback mode on').click();
  await appears('Switch fallback mode off');
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await appears('Publish the ready text');
  await button('End the drill').click();
  await until(
    'it is over',
    async () => {
      await page.reload();
      return (await page.getByText('Aborted by hand before it was over.').count()) > 0;
    },
    60_000,
  );
  await page.getByText('Nobody published', { exact: true }).first().waitFor();
  await page.getByText(/In the next drill press “Publish the ready text”/).waitFor();
  await context.close();
}, 180_000);
