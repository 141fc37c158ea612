import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE, rested } from '../support/browser.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { authenticator } from './totp.ts';

let services: TestServices;
let app: AppProcess;
let browser: Browser;
const PASSWORD = 'tulips under the bridge';

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({ DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir });
  await app.ready();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.kill('SIGTERM');
  await services?.close();
});

/** axe is a script: a page without JavaScript has the same markup, looked at with it. */
async function axe(page: Page) {
  if (!(await page.evaluate(() => '__remixContext' in window))) return;
  expect(await violationsOf(page)).toEqual([]);
}
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const field = (page: Page, name: string | RegExp) =>
  page.getByLabel(name, { exact: typeof name === 'string' });

async function join(page: Page, link: string, name: string, email: string | null) {
  await page.goto(link);
  await axe(page);
  await field(page, 'Your name').fill(name);
  if (email) await field(page, 'E-mail address').fill(email);
  await field(page, 'Password').fill(PASSWORD);
  await field(page, 'Password again').fill(PASSWORD);
  await button(page, 'Create my account').click();
  await page.waitForURL(`${app.url}/`);
}

async function open(options: Parameters<Browser['newContext']>[0]): Promise<[BrowserContext, Page]> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(15_000);
  return [context, await context.newPage()];
}

test.each([
  ['a wide screen, light', { ...DESKTOP, colorScheme: 'light' }, 'wide'],
  ['a phone, dark', { ...PHONE, colorScheme: 'dark' }, 'phone'],
  ['a wide screen without JavaScript', { ...DESKTOP, javaScriptEnabled: false }, 'plain'],
] as const)(
  'on %s: set-up link → first admin → invites a responder → who replays but cannot discard',
  async (_name, device, tag) => {
    await services.db.pool.query('DELETE FROM people');
    const entries = await insertEvents(services, { count: 2 });
    const setup = await until('the link is printed', async () => {
      if (!(await services.db.prisma.accessLink.count({ where: { kind: 'setup', usedAt: null } }))) {
        await services.db.pool.query(`UPDATE access_links SET used_at = NULL WHERE kind = 'setup'`);
      }
      return /http:\S+\/setup\/[\w-]{43}/.exec(app.output())?.[0];
    });
    const [adminContext, admin] = await open(device);
    await join(admin, setup, 'Ada', `ada-${tag}@example.com`);
    await admin.goto(`${app.url}/settings`);
    expect(await admin.getByRole('navigation', { name: 'Account' }).innerText()).toContain('Ada');
    await axe(admin);

    await admin.goto(`${app.url}/people`);
    await axe(admin);
    await field(admin, 'E-mail address').fill(`rob-${tag}@example.com`);
    await field(admin, 'Role').selectOption('responder');
    await button(admin, 'Make an invitation link').click();
    const link = await admin.getByRole('textbox', { name: /^Invitation for rob/ }).inputValue();
    expect(link).toContain('/invite/');
    await axe(admin);

    const [context, page] = await open(device);
    await join(page, link, 'Rob', null);
    await page.goto(`${app.url}/settings`);
    expect(await page.getByRole('link', { name: 'Account' }).count()).toBeGreaterThan(0);
    expect(await page.getByRole('link', { name: 'People' }).count()).toBe(0);
    await page.goto(`${app.url}/delivery`);
    expect(await button(page, /^Discard/).count()).toBe(0);
    expect(await page.getByRole('link', { name: /^Discard all/ }).count()).toBe(0);
    await button(page, `Replay dead letter ${entries[0]!.id}`).click();
    await page.getByText(/^Replay \d+ started/).waitFor();
    const replay = await services.db.prisma.replay.findFirstOrThrow({ orderBy: { id: 'desc' } });
    expect(replay.createdBy).toBe('Rob');

    // Whatever he sends, nothing is discarded.
    await page.goto(`${app.url}/dead-letters/${entries[1]!.id}`);
    expect(await button(page, 'Discard').count()).toBe(0);
    await axe(page);
    await page.goto(`${app.url}/dead-letters/discard?scope=all`);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Your role does not allow this');
    await axe(page);
    const forged = await page.request.post(`${app.url}/api/dead-letters/discard`, {
      form: { scope: 'selected', id: String(entries[1]!.id), reason: 'because' },
    });
    expect(forged.status()).toBe(403);
    const kept = await services.db.prisma.delivery.findFirstOrThrow({ where: { seq: entries[1]!.seq } });
    expect(kept.state).toBe('dead');

    // He signs out, and back in to where he wanted to go.
    await page.goto(`${app.url}/settings`);
    await button(page, 'Sign out').click();
    await page.waitForURL(`${app.url}/sign-in`);
    await axe(page);
    await page.goto(`${app.url}/account`);
    await field(page, 'E-mail address').fill(`rob-${tag}@example.com`);
    await field(page, 'Password').fill('not this one');
    await button(page, 'Sign in').click();
    await page.getByText('E-mail address or password is wrong').waitFor();
    await axe(page);
    await field(page, 'E-mail address').fill(`rob-${tag}@example.com`);
    await field(page, 'Password').fill(PASSWORD);
    await button(page, 'Sign in').click();
    await page.waitForURL(`${app.url}/account`);
    await axe(page);

    // The admin makes him a viewer: it counts at once.
    await admin.goto(`${app.url}/people`);
    await field(admin, 'Role of Rob').selectOption('viewer');
    await button(admin, 'Change the role of Rob').click();
    await admin.getByText('The role is changed').waitFor();
    await page.goto(`${app.url}/delivery`);
    expect(await button(page, /^Replay dead letter/).count()).toBe(0);
    await page.goto(`${app.url}/dead-letters/${entries[1]!.id}`);
    await page.getByText('Your role does not show message texts.').waitFor();
    await context.close();
    await adminContext.close();
  },
  120_000,
);

test('second factor: on by a code, then asked for; a backup code works once; off by the password', async () => {
  const [context, page] = await open(DESKTOP);
  const invited = await services.db.prisma.person.findFirstOrThrow({ where: { name: 'Rob' } });
  const signIn = async () => {
    await page.goto(`${app.url}/sign-in`);
    await field(page, 'E-mail address').fill(invited.email);
    await field(page, 'Password').fill(PASSWORD);
    await button(page, 'Sign in').click();
  };
  await signIn();
  await page.waitForURL(`${app.url}/`);
  await page.goto(`${app.url}/account`);
  await field(page, 'Your password').fill(PASSWORD);
  await button(page, 'Turn it on…').click();
  const uri = (await page.getByRole('link', { name: 'open your authenticator app' }).getAttribute('href'))!;
  const backup = (await page.locator('.oc-codes code').first().innerText()).trim();
  await axe(page);
  const secret = await page.getByRole('textbox', { name: 'Key' }).inputValue();
  expect(uri).toContain(secret);
  const code = page.getByRole('img', { name: 'QR code of the key below' });
  expect(await code.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(220);
  const phone = authenticator(secret);
  await field(page, 'Code that the app shows now').fill(await phone.next());
  await rested(page);
  await button(page, 'Turn it on').click();
  await page.getByText('The second factor is on').waitFor();

  const withCode = async (code: string) => {
    await page.goto(`${app.url}/settings`);
    await button(page, 'Sign out').click();
    await page.waitForURL(`${app.url}/sign-in`);
    await signIn();
    await page.waitForURL(`${app.url}/sign-in/code`);
    // The password alone opens nothing.
    expect((await page.request.get(`${app.url}/account`, { maxRedirects: 0 })).status()).toBe(302);
    await axe(page);
    await field(page, 'Code').fill(code);
    await button(page, 'Sign in').click();
  };
  await withCode('000000');
  await page.getByText('That code is not right').waitFor();
  await field(page, 'Code').fill(await phone.next());
  await button(page, 'Sign in').click();
  await page.waitForURL(`${app.url}/`);
  await withCode(backup);
  await page.waitForURL(`${app.url}/`);
  await withCode(backup);
  await page.getByText('That code is not right').waitFor();
  await field(page, 'Code').fill(await phone.next());
  await button(page, 'Sign in').click();
  await page.waitForURL(`${app.url}/`);

  await page.goto(`${app.url}/account`);
  await field(page, 'Your password').fill(PASSWORD);
  await button(page, 'Turn it off').click();
  await page.getByText('The second factor is off').waitFor();
  await context.close();
}, 240_000);
