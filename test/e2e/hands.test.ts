import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP } from '../support/browser.ts';
import { until } from '../support/until.ts';
import { violationsOf } from '../support/accessibility.ts';
import { startOutageWorld, type OutageWorld } from './outage-world.ts';

const PATIENCE_MS = 60_000;

let world: OutageWorld;
beforeAll(async () => {
  world = await startOutageWorld();
});
afterAll(() => world.stop());

const isAlive = (page: Page) =>
  until('the page is alive', () =>
    page.evaluate(() => Object.keys(document).some((key) => key.startsWith('__reactContainer'))),
  );

async function open(context: BrowserContext, path = '/'): Promise<Page> {
  const page = await context.newPage();
  await page.goto(world.app.url + path);
  await isAlive(page);
  return page;
}

const palette = (page: Page) => page.getByRole('dialog', { name: 'Command palette' });
const found = (page: Page) => palette(page).getByRole('option');

test('the palette goes, does and copies a link by keyboard alone, and offers only what the role may', async () => {
  const context = await world.signedIn('responder', DESKTOP);
  try {
    const page = await open(context);
    await page.keyboard.press('Control+k');
    await palette(page).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.type('tickets');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${world.app.url}/tickets`);

    await page.keyboard.press('Control+k');
    await palette(page).waitFor();
    await page.keyboard.type('check everything');
    await found(page).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/notice=check_due/);

    await page.goto(`${world.app.url}/delivery?event=message_created`);
    await isAlive(page);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.keyboard.press('Control+k');
    await palette(page).waitFor();
    await page.keyboard.type('copy the link');
    await found(page).getByText('Copy the link of this view').waitFor();
    await page.keyboard.press('Enter');
    await palette(page).getByText('The link is copied.').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      `${world.app.url}/delivery?event=message_created`,
    );
    await page.keyboard.press('Escape');

    // What an admin may is not offered.
    await page.keyboard.press('Control+k');
    await palette(page).waitFor();
    await page.keyboard.type('audit');
    await found(page).getByText('“audit” among the dead letters').waitFor();
    expect(await found(page).filter({ hasText: 'Go to' }).count()).toBe(0);
  } finally {
    await context.close();
  }
}, 180_000);

test('one key goes somewhere, never while somebody types, and can be switched off', async () => {
  const context = await world.signedIn('responder', DESKTOP);
  try {
    const page = await open(context);
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await page.waitForURL(/\/waiting/);
    await page.goto(`${world.app.url}/account`);
    await isAlive(page);
    await page.getByLabel('Time zone').focus();
    await page.keyboard.type('gw?');
    expect(await page.getByLabel('Time zone').inputValue()).toBe('gw?');
    expect(new URL(page.url()).pathname).toBe('/account');
    await page.locator('h1').click();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys' });
    await help.waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await help.getByLabel(/Shortcuts of one key/).uncheck();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(new URL(page.url()).pathname).toBe('/account');
    // The palette is no single key.
    await page.keyboard.press('Control+k');
    await palette(page).waitFor();
  } finally {
    await context.close();
  }
}, 180_000);

/** Runs in the page: what it would notify of is kept, and permission is what the test says. */
function noteNotifications(answer: string) {
  const kept = () => JSON.parse(localStorage.getItem('test notified') ?? '[]') as string[];
  class Noted extends EventTarget {
    static permission = localStorage.getItem('test asked') ? answer : 'default';
    static requestPermission() {
      localStorage.setItem('test asked', 'yes');
      Noted.permission = answer;
      return Promise.resolve(answer);
    }
    constructor(title: string, options?: NotificationOptions) {
      super();
      localStorage.setItem('test notified', JSON.stringify([...kept(), `${title} ${options?.body}`]));
    }
  }
  Object.defineProperty(window, 'Notification', { value: Noted });
}

const notified = (page: Page) =>
  page.evaluate(() => JSON.parse(localStorage.getItem('test notified') ?? '[]') as string[]);

test('who asks for it is called once when an incident opens, however many tabs are open', async () => {
  const context = await world.signedIn('responder', DESKTOP);
  await context.addInitScript(noteNotifications, 'granted');
  try {
    const page = await open(context, '/account');
    // Nobody is asked before they press it.
    expect(await page.evaluate(() => localStorage.getItem('test asked'))).toBeNull();
    await page.getByRole('button', { name: 'Call me when it breaks' }).click();
    await page.getByRole('button', { name: 'Stop calling me' }).waitFor();
    const others = [await open(context), await open(context, '/waiting')];
    await world.chatwoot.setMode('down');
    for (const tab of [page, ...others])
      await until('it tells of the incident', async () => /^■/.test(await tab.title()), PATIENCE_MS);
    await until('somebody is called', async () => (await notified(page)).length > 0, PATIENCE_MS);
    const first = (await notified(page)).filter((text) => text.includes('Nobody is on it'));
    expect(new Set(first).size).toBe(first.length);
    await page.getByRole('region', { name: 'Status' }).getByRole('button', { name: 'Take it' }).click();
  } finally {
    await world.chatwoot.setMode('ok');
    await context.close();
  }
}, 240_000);

test('a browser that blocks notifications says where to allow them', async () => {
  const context = await world.signedIn('viewer', DESKTOP);
  await context.addInitScript(noteNotifications, 'denied');
  try {
    const page = await open(context, '/account');
    await page.getByRole('button', { name: 'Call me when it breaks' }).click();
    await page.getByText('This browser blocks notifications of Outage Center.').waitFor();
    expect(await page.getByRole('button', { name: 'Call me when it breaks' }).count()).toBe(0);
  } finally {
    await context.close();
  }
}, 120_000);
