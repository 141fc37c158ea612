import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMailServer } from '../../app/sandbox/notifications/mail-server.ts';
import { violationsOf } from '../support/accessibility.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/browser.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { signInAs, useCookies as giveCookies, type TestRole } from '../support/sign-in.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { until } from '../support/until.ts';

let services: TestServices;
let app: AppProcess;
let browser: Browser;
let mail: Awaited<ReturnType<typeof startMailServer>>;
let chatwoot: Chatwoot;

beforeAll(async () => {
  mail = await startMailServer();
  chatwoot = await startChatwoot();
  services = await createTestServices();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    SMTP_URL: mail.url,
    SMTP_FROM: 'shop@example.com',
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
  });
  await app.ready();
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser.close();
  await app.kill('SIGTERM');
  await services.close();
  await chatwoot.stop();
  await mail.stop();
});

async function open(role: TestRole, options: BrowserContextOptions = DESKTOP): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(30_000);
  await giveCookies(context, app.url, await signInAs(app.url, services.databaseUrl, role));
  return context.newPage();
}
async function expectAccessible(page: Page) {
  expect(await violationsOf(page)).toEqual([]);
}
/** Types what belongs into one field after the other, and sends it. */
async function typeLine(page: Page, fields: string[]) {
  for (const [index, text] of fields.entries()) {
    if (index > 0) await page.keyboard.press('Tab');
    await page.keyboard.type(text);
  }
  await page.keyboard.press('Enter');
}
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('name'));

test('by keyboard alone: two tickets in a row, one edited in place, one answered, both into Chatwoot', async () => {
  const page = await open('responder');
  const violations: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) violations.push(message.text());
  });
  await page.goto(`${app.url}/tickets`);
  await page.getByLabel('Customer').focus();
  await typeLine(page, ['Ada <ada@example.com>', '', '<img src=x onerror=alert(1)>', '45']);
  await page.getByText('T-1 is added').waitFor();
  await until('the cursor is back', async () => (await focused(page)) === 'customer');
  await typeLine(page, ['Bob', '', 'Wheel squeaks']);
  await page.getByText('T-2 is added').waitFor();
  await expectAccessible(page);
  const rows = () => page.locator('.oc-tickets tbody tr').allInnerTexts();
  expect((await rows())[0]).toMatch(/T-1[\s\S]*Late by 15 min/);
  expect((await rows())[1]).toMatch(/T-2[\s\S]*left/);

  await page.getByRole('link', { name: 'Edit T-2' }).press('Enter');
  await until('the field is ready', async () => (await focused(page)) === 'status');
  await expectAccessible(page);
  await typeLine(page, ['Ans', '0']);
  await page.getByText('T-2 is changed').waitFor();
  expect((await rows())[1]).toMatch(/Answered[\s\S]*in time/);

  await page.getByRole('link', { name: 'T-1', exact: true }).press('Enter');
  await page.getByLabel('Begin with a template').selectOption({ label: 'We have your message' });
  const text = page.getByRole('textbox', { name: 'Text', exact: true });
  await until('the text is filled in', async () =>
    (await text.inputValue()).includes('responses may be delayed'),
  );
  expect(await page.getByRole('link', { name: 'Open in my mail program' }).getAttribute('href')).toContain(
    'mailto:ada@example.com?subject=',
  );
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Send to ada@example.com' }).press('Enter');
  await page.getByText('The mail server accepted the answer').waitFor();
  expect(mail.received.map(({ body }) => body.to)).toEqual([['ada@example.com']]);

  await page.goto(`${app.url}/tickets`);
  await page.getByRole('button', { name: 'Into Chatwoot…' }).press('Enter');
  await page.getByRole('button', { name: 'Bring 2 tickets into Chatwoot' }).press('Enter');
  await until(
    'both are there',
    async () => (await page.locator('#merging').innerText()).match(/Conversation \d+/g)?.length === 2,
  );
  await expectAccessible(page);
  expect(violations).toEqual([]);
}, 240_000);

test('three tickets from anywhere take at most 20 keystrokes beside the text', async () => {
  const page = await open('responder');
  await page.goto(app.url);
  await until('the page is alive', () =>
    page.evaluate(() => Object.keys(document).some((key) => key.startsWith('__reactContainer'))),
  );
  let strokes = 0;
  const stroke = (key: string) => {
    strokes += 1;
    return page.keyboard.press(key);
  };
  await stroke('g');
  await stroke('a');
  for (const customer of ['Dee', 'Eve', 'Fay']) {
    await until('the cursor is in the line', async () => (await focused(page)) === 'customer');
    await page.keyboard.type(customer);
    await stroke('Tab');
    await stroke('Tab');
    await page.keyboard.type('Late parcel');
    await stroke('Enter');
    await page.locator('.oc-tickets').getByText(customer, { exact: true }).waitFor();
  }
  await until(
    'all three are kept',
    async () =>
      (await services.db.pool.query("SELECT FROM manual_tickets WHERE customer IN ('Dee', 'Eve', 'Fay')"))
        .rowCount === 3,
  );
  expect(strokes).toBeLessThanOrEqual(20);
}, 240_000);

test('two people at the same ticket, without JavaScript: the second is told, keeps what was typed, and saves again', async () => {
  const without = { ...DESKTOP, javaScriptEnabled: false };
  const [one, two] = [await open('responder', without), await open('admin', without)];
  await one.goto(`${app.url}/tickets`);
  await one.getByLabel('Customer').fill('Cleo');
  await one.getByLabel('Issue').fill('Refund?');
  await one.getByRole('button', { name: 'Add' }).click();
  const name = /T-\d+/.exec(await one.getByText('is added').innerText())![0];
  for (const page of [one, two]) {
    await page.goto(`${app.url}/tickets`);
    await page.getByRole('link', { name: `Edit ${name}` }).click();
  }
  await one.getByLabel(`Status of ${name}`).selectOption('answered');
  await one.getByRole('button', { name: 'Save' }).click();
  await one.getByText(`${name} is changed`).waitFor();
  await two.getByLabel(`Issue of ${name}`).fill('Refund of order 1881');
  await two.getByRole('button', { name: 'Save' }).click();
  expect(await two.getByRole('alert').innerText()).toMatch(/responder changed this ticket at/);
  expect(await two.getByLabel(`Issue of ${name}`).inputValue()).toBe('Refund of order 1881');
  await two.getByRole('button', { name: 'Save' }).click();
  await two.getByText(`${name} is changed`).waitFor();
}, 120_000);

test("a spreadsheet is brought in, on a phone, in the dark; a viewer reads no customer's words", async () => {
  const page = await open('responder', { ...PHONE, colorScheme: 'dark' });
  await page.goto(`${app.url}/tickets/import`);
  await page.getByLabel('Spreadsheet').setInputFiles({
    name: 'tickets.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      'Ticket ID;Customer;Issue;Status;Response Time\n1;Hunter Two;hunter2;open;\n2;;x;open;\n',
    ),
  });
  await page.getByRole('button', { name: 'Bring it in' }).click();
  await page.getByText('1 ticket added').waitFor();
  await page.getByText('Line 3: the customer is missing').waitFor();
  await expectAccessible(page);
  for (const where of ['/tickets', '/tickets/1', '/tickets/templates', '/tickets/merge']) {
    await page.goto(app.url + where);
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
  }
  const viewer = await open('viewer');
  await viewer.goto(`${app.url}/tickets?show=all`);
  expect(await viewer.content()).not.toMatch(/hunter/i);
  expect(await viewer.getByRole('button', { name: 'Add' }).count()).toBe(0);
  expect((await viewer.goto(`${app.url}/tickets.csv`))!.status()).toBe(403);
}, 180_000);
