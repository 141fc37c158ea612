import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP, PHONE } from '../support/browser.ts';
import { until } from '../support/until.ts';
import { violationsOf } from '../support/accessibility.ts';
import { startOutageWorld, type OutageWorld } from './outage-world.ts';

let world: OutageWorld;

beforeAll(async () => {
  world = await startOutageWorld();
});
afterAll(() => world.stop());

const verdict = (page: Page) => page.getByRole('region', { name: 'State of customer support' });
const card = (page: Page) => page.locator('#incident');
const sees = (page: Page, words: RegExp, what: string) =>
  until(what, async () => {
    const text = await verdict(page).innerText();
    if (!words.test(text)) throw new Error(text);
    return true;
  });

/** Chatwoot works, and no incident is open. */
const allQuiet = (page: Page) =>
  until('Chatwoot is up', async () =>
    /Answers in/.test(await page.getByRole('list', { name: 'Status' }).innerText()),
  );

test.each([
  ['on a wide screen in light', DESKTOP, 'light'],
  ['on a phone in dark', PHONE, 'dark'],
] as const)(
  '%s: Chatwoot goes down, the open page says so, somebody takes it, it recovers and is resolved',
  async (_name, device, colorScheme) => {
    const context = await world.signedIn('responder', { ...device, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    try {
      await page.goto(world.app.url);
      await allQuiet(page);
      expect(await violationsOf(page)).toEqual([]);
      let loads = 0;
      page.on('load', () => (loads += 1));

      await world.chatwoot.setMode('down');
      await sees(page, /Chatwoot has not answered since/, 'the open page tells of the outage');
      await until('the card names it critical', async () =>
        /P0\s*Critical/.test(await card(page).innerText()),
      );
      expect(await card(page).innerText()).toMatch(/Not acknowledged yet/);
      await sees(page, /have been told; nobody is on it yet/, 'who was told was accepted');
      const countdown = card(page).locator('.oc-next-told time');
      const first = await countdown.innerText();
      expect(first).toMatch(/^in \d:\d\d$/);
      await until('the countdown runs', async () => (await countdown.innerText()) !== first);
      expect(await violationsOf(page)).toEqual([]);

      await verdict(page).getByRole('button', { name: 'Take it' }).click();
      await sees(page, /responder is on it/, 'somebody is on it');
      await until('the countdown has stopped', async () => (await countdown.count()) === 0);
      expect(await card(page).innerText()).toMatch(/Not told: somebody is on it/);
      expect(await verdict(page).innerText()).toMatch(/Next step\s+Immediate response/);

      await verdict(page).getByRole('button', { name: 'Check now' }).click();
      await until('the check was made, and the page says so', () =>
        page.getByRole('status').filter({ hasText: 'check' }).first().isVisible(),
      );

      await world.chatwoot.setMode('ok');
      await sees(page, /Recovered/, 'it has recovered');
      await card(page).getByRole('link', { name: /Guide/ }).click();
      const head = page.getByRole('region', { name: 'Incident', exact: true });
      await head.waitFor();
      expect(await violationsOf(page)).toEqual([]);
      const form = page.locator('form[action$="/resolve"]');
      await form.getByLabel('What it was').fill('Redis was full; it has more memory now');
      await form.getByLabel(/^Reason/).fill('Seen to work by hand');
      await form.getByRole('button', { name: 'Resolve' }).click();
      await until('it is resolved', async () => /Resolved/.test(await head.innerText()));
      await page.getByRole('link', { name: 'Timeline', exact: true }).click();
      const timeline = await page.locator('#timeline').innerText();
      expect(timeline).toMatch(/\d\d:\d\d:\d\d UTC|\d\d:\d\d:\d\d/);
      expect(timeline).toMatch(/Redis was full/);

      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: /^Now/ }).click();
      await until('the page is quiet again', async () => (await card(page).count()) === 0);
      expect(problems).toEqual([]);
      // Changes are live and forms enhanced: the document itself was never loaded anew.
      expect(loads).toBe(0);
    } finally {
      await world.chatwoot.setMode('ok');
      await context.close();
    }
  },
  240_000,
);
