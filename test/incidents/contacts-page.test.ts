import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  notificationSettings,
  startNotifications,
  type Notifications,
} from '../../app/sandbox/notifications/notifications.ts';
import { violationsOf } from '../support/accessibility.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE, rested } from '../support/browser.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { signInAs, useCookies as giveCookies, type TestRole } from '../support/sign-in.ts';

let services: TestServices;
let stubs: Notifications;
let app: AppProcess;
let browser: Browser;

beforeAll(async () => {
  [services, stubs, browser] = await Promise.all([
    createTestServices(),
    startNotifications(),
    launchBrowser(),
  ]);
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    OUTBOUND_ALLOW_PRIVATE: 'true',
    LOG_LEVEL: 'debug',
    ...notificationSettings(stubs),
  });
  await app.ready();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await app.kill('SIGTERM');
  await stubs.stop();
  await services.close();
});

async function open(role: TestRole, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  await giveCookies(context, app.url, await signInAs(app.url, services.databaseUrl, role));
  const page = await context.newPage();
  await page.goto(`${app.url}/contacts`);
  return page;
}

async function axe(page: Page) {
  expect(await violationsOf(page)).toEqual([]);
}

const contact = (page: Page, role: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: new RegExp(`^${role}:`) }) });
const gaps = (page: Page) => page.getByRole('region', { name: 'Gaps' });

test.each([
  ['on a wide screen in light', 'Support Lead', { ...DESKTOP, colorScheme: 'light' }],
  ['on a phone in dark', 'CEO', { ...PHONE, colorScheme: 'dark' }],
  ['without JavaScript', 'Infrastructure', { ...DESKTOP, javaScriptEnabled: false }],
] as const)(
  '%s: a gap in red, a wrong address, a right one, a test with its answer, and no gap any more',
  async (_name, role, options) => {
    const page = await open('admin', options);
    const hasScript = !('javaScriptEnabled' in options);
    await gaps(page).getByText(`${role}.`).waitFor();
    const own = contact(page, role);
    await own.getByText('TBD: there is no address yet').waitFor();

    await own.getByText('Add an address', { exact: true }).click();
    await own.getByLabel('Address or key').fill('nobody');
    await own.getByRole('button', { name: 'Add the address' }).click();
    const field = own.getByLabel('Address or key');
    await own.getByText('This is no e-mail address.').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    if (hasScript) await axe(page);

    await field.fill('somebody@example.com');
    await own.getByRole('button', { name: 'Add the address' }).click();
    await page.getByText('The address is added. Send a test to see that it arrives.').waitFor();
    expect(await gaps(page).getByText(`${role}.`).count()).toBe(0);

    const before = stubs.email.count();
    await rested(page);
    await own.getByRole('button', { name: `Send a test: E-mail to ${role}` }).click();
    await own.getByText(/Answer: 250 2\.0\.0 Ok: queued as SANDBOX/).waitFor();
    expect(stubs.email.count()).toBe(before + 1);
    const log = page.getByRole('region', { name: 'Last messages' });
    await log.getByText('Accepted').first().waitFor();

    await stubs.slack.setMode('status', { status: 404 });
    await rested(page);
    await page.getByRole('button', { name: 'Send a test: Slack of the team' }).click();
    const team = page.getByRole('region', { name: 'Told of everything' });
    await team.getByText('Answer: 404').waitFor();
    await team.getByText('Not accepted').waitFor();
    await stubs.slack.setMode('ok');
    await rested(page);
    await page.getByRole('button', { name: 'Send a test: Slack of the team' }).click();
    await team.getByText(/^Not sent: the last test went there at .+ Try again from .+ UTC\.$/).waitFor();
    // The next screen comes within half a minute.
    await services.db.pool.query("UPDATE notifications SET created_at = created_at - interval '1 minute'");
    if (hasScript) await axe(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await page.context().close();
  },
);

test('a webhook with a template: what is wrong beside the field, and what it would be sent', async () => {
  const page = await open('admin', PHONE);
  const own = contact(page, 'Engineering Manager');
  await own.getByText('Add an address', { exact: true }).click();
  await own.getByLabel('By', { exact: true }).selectOption('Webhook with a template');
  await own.getByLabel('Address or key').fill('https://hooks.example.com/outages');
  await own.getByLabel('Template, for a webhook that has one').fill('{"note": "{{nobody}}"}');
  await own.getByRole('button', { name: 'Add the address' }).click();
  await own.getByText('There is no field “nobody”.').waitFor();
  await axe(page);
  await own.getByLabel('Address or key').fill('https://hooks.example.com/outages');
  await own
    .getByLabel('Template, for a webhook that has one')
    .fill('{"note": "{{text}}", "n": "{{incident}}"}');
  await own.getByLabel(/^Only this person/).check();
  await rested(page);
  await own.getByRole('button', { name: 'Add the address' }).click();
  await page.getByText('The address is added. Send a test to see that it arrives.').waitFor();
  await own.getByText('Preview', { exact: true }).click();
  await own.getByText('"n": 12').waitFor();
  await own.getByText('No link that acknowledges: none of their e-mail addresses').waitFor();
  await axe(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await page.context().close();
});

test('the policy is edited in place, and the preview follows', async () => {
  const page = await open('admin', DESKTOP);
  const step = page.locator('#policy li').filter({ hasText: 'Support Lead after 10 min' });
  await step.getByText('Change or remove').click();
  await step.getByLabel('After so many minutes').fill('7');
  await step.getByLabel('P2').check();
  await axe(page);
  await step.getByRole('button', { name: 'Change the step' }).click();
  await page.getByText('The step is changed. Open incidents follow it from now on.').waitFor();

  await page.getByLabel('Severity', { exact: true }).selectOption('P2');
  await page.getByLabel('Outage of').selectOption('intake');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.waitForURL(/severity=P2/);
  const preview = page.locator('#preview');
  await preview.getByRole('row', { name: /Support Lead.*after 7 min/ }).waitFor();
  await preview
    .getByText(/in 6:5\d/)
    .first()
    .waitFor();
  await page.context().close();
});

test.each([
  ['on a wide screen in light', { ...DESKTOP, colorScheme: 'light' }],
  ['on a phone in dark', { ...PHONE, colorScheme: 'dark' }],
] as const)(
  '%s: a rotation, a stand-in, a calendar, and the preview names who is on call',
  async (_name, options) => {
    await services.db.pool.query(
      `UPDATE contacts SET channels = '[{"id":"m","kind":"email","address":"c@example.com","secret":null}]' WHERE channels = '[]'`,
    );
    const page = await open('admin', options);
    const section = page.locator('#on-call');
    await section.getByText('Add a rotation').click();
    await section.getByLabel('Role that is told').fill('Support Lead');
    await section.getByLabel('First hand-over: the day').fill('2026-11-16');
    await section.getByLabel('By the clock of').fill('Mars/Base');
    await section.getByLabel('Turn 1').selectOption('CEO');
    await section.getByLabel('Turn 2').selectOption('Infrastructure');
    await section.getByRole('button', { name: 'Add the rotation' }).click();
    await section.getByText('No time zone has that name.').waitFor();
    expect(await section.getByLabel('Turn 2').inputValue()).toBe('4');
    await axe(page);
    await section.getByLabel('By the clock of').fill('Europe/Berlin');
    await section.getByRole('button', { name: 'Add the rotation' }).click();
    await page.getByText('The rotation is added. Whoever is on call is told from now on.').waitFor();
    await section.getByText('In turn: CEO and Infrastructure. Handed over on Monday at 09:00').waitFor();

    await section.getByText('Stand in or swap').click();
    await section.getByLabel('Who stands in').selectOption('CEO');
    await axe(page);
    await rested(page);
    await section.getByRole('button', { name: 'Add the stand-in' }).click();
    await page.getByText('The stand-in is added.').waitFor();
    await section.getByText(/^CEO stands in from/).waitFor();
    await page
      .locator('#preview')
      .getByText(/on call then/)
      .first()
      .waitFor();

    await section.getByText('Calendar', { exact: true }).click();
    await rested(page);
    await section.getByRole('button', { name: 'Make an address' }).click();
    await page.getByText('The calendar has an address.').waitFor();
    await rested(page);
    await section.getByText('Show the address').click();
    await section.locator('pre').waitFor();
    await axe(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    const address = new URL((await section.locator('pre').innerText()).trim(), app.url).pathname;
    const calendar = await fetch(`${app.url}${address}`);
    expect([calendar.status, calendar.headers.get('content-type')]).toEqual([
      200,
      'text/calendar; charset=utf-8',
    ]);
    expect(await calendar.text()).toContain('SUMMARY:CEO is on call (Support Lead)');
    expect((await fetch(`${app.url}${address.replace('.ics', 'x.ics')}`)).status).toBe(404);

    await section.getByText('Change or end', { exact: true }).click();
    await rested(page);
    await section.getByRole('button', { name: 'End the rotation' }).click();
    await page.getByText('The rotation is ended.').waitFor();
    expect((await fetch(`${app.url}${address}`)).status).toBe(404);
    await page.context().close();
  },
);

test('a viewer reads who is told, and changes nothing', async () => {
  const page = await open('viewer', DESKTOP);
  await page.getByText('Your role reads this page; an admin changes it.').waitFor();
  expect(await page.locator('main form').count()).toBe(1);
  await axe(page);
  await page.context().close();
});

test('no address that is a secret is in the page, its data or the app’s log', async () => {
  const page = await open('admin', DESKTOP);
  const data = await page.evaluate(async () => (await fetch('/contacts?_data=routes%2Fcontacts')).text());
  const seen = `${await page.content()} ${data} ${app.output()}`;
  expect(data).toContain('127.0.0.1');
  for (const secret of [new URL(stubs.slack.url).pathname, stubs.webhook.secret, 'sandbox0sandbox0'])
    expect(seen).not.toContain(secret);
  await page.context().close();
});
