import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/browser.ts';
import { createSubscriberWorld, type SubscriberWorld } from './subscriber-world.ts';

let world: SubscriberWorld;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([createSubscriberWorld(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

test.each([
  ['a laptop', DESKTOP, 'light'],
  ['a phone', PHONE, 'dark'],
] as const)(
  'signing up, confirming and ending it on %s, without script',
  async (_name, screen, colorScheme) => {
    const address = `${colorScheme}@customers.example`;
    const context = await browser.newContext({ ...screen, colorScheme, javaScriptEnabled: false });
    const page = await context.newPage();
    const looks = async () => {
      // Axe is a script.
      const judged = await browser.newContext({ ...screen, colorScheme, bypassCSP: true });
      const other = await judged.newPage();
      await other.goto(page.url());
      expect(await violationsOf(other)).toEqual([]);
      expect(await other.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await judged.close();
    };
    await page.goto(`${world.url}/status/subscribe`);
    await looks();
    await page.getByLabel('Your e-mail address').fill(address);
    await page.locator('form').first().getByLabel('Chat').check();
    await page.locator('form').first().getByRole('button', { name: 'Subscribe' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Please look into your mailbox');
    await world.work();
    await page.goto(world.url + world.linkTo(address));
    await looks();
    await page.getByRole('button', { name: 'Yes, tell me' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Your subscription');
    expect(await page.getByLabel('Chat').isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Unsubscribe' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Unsubscribed');
    await context.close();
  },
  120_000,
);
