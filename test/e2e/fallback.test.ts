import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { exampleMessageBody } from '../support/examples.ts';
import { chatwootSignature } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';
import { DESKTOP, endOfActions, PHONE } from '../support/browser.ts';
import { until } from '../support/until.ts';
import { violationsOf } from '../support/accessibility.ts';
import { startOutageWorld, type OutageWorld } from './outage-world.ts';

const PATIENCE_MS = 60_000;

let world: OutageWorld;
beforeAll(async () => {
  world = await startOutageWorld();
  await until(
    'the inboxes are listed',
    async () => (await world.pool.query('SELECT 1 FROM inbox_list WHERE listed_at IS NOT NULL')).rowCount,
    PATIENCE_MS,
  );
});
afterAll(() => world.stop());

const shows = (page: Page, text: string | RegExp) =>
  until(`it shows ${text}`, async () => new RegExp(text).test(await page.innerText('main')), PATIENCE_MS);
const reason = (page: Page) => page.getByLabel('Reason', { exact: true });
const fits = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
async function isSound(page: Page) {
  expect(await violationsOf(page)).toEqual([]);
  expect(await fits(page)).toBe(true);
}

test('by keyboard on a desk: the list, the click, what happened; whoever comes second is told', async () => {
  const context = await world.signedIn('responder', { ...DESKTOP, colorScheme: 'light' });
  const page = await context.newPage();
  const late = await context.newPage();
  try {
    await late.goto(`${world.app.url}/fallback`);
    await page.goto(`${world.app.url}/fallback`);
    const list = await page.innerText('#switch');
    for (const line of [
      'Automation pauses',
      'By Slack',
      'Customers are sent to',
      "We're experiencing technical",
    ])
      expect(list).toContain(line);
    await isSound(page);

    await page.getByLabel('Store chat').focus();
    await page.keyboard.press('Space');
    await reason(page).focus();
    await page.keyboard.type('AI drafts are wrong');
    await page.keyboard.press('Enter');
    await shows(page, 'On: people answer by hand');
    await shows(page, 'Out-of-office message on "Store chat"');
    await shows(page, 'Slack accepted');
    await isSound(page);
    expect(await page.innerText('body')).toContain('Fallback mode is on: answer by hand');

    // The other page was drawn before; it learns of the change by itself, and a form drawn before it does nothing.
    await shows(late, 'On: people answer by hand');
    const stale = await late.evaluate(async () => {
      const answer = await fetch('/api/fallback/toggle', {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ to: 'on', reason: 'me too', version: '1' }),
      });
      return answer.url;
    });
    expect(new URL(stale).searchParams.get('done')).toBe('not_switched');
    await late.goto(stale);
    await shows(late, 'Not switched: it had been switched already');

    for (const path of ['/', '/health', '/incidents']) {
      await page.goto(world.app.url + path);
      await page.getByRole('region', { name: 'Fallback mode' }).waitFor();
    }
    await page.getByRole('link', { name: 'See what to do' }).click();
    await shows(page, 'What happened');

    await page.getByText('Switch the webhooks off', { exact: true }).click();
    await page.getByRole('button', { name: 'Yes, switch the webhooks off' }).click();
    await shows(page, 'Failed[^]*Chatwoot has no webhook to this app');
    await page.getByRole('button', { name: 'Try again: Chatwoot stops sending webhooks' }).click();
    await shows(page, 'Trying again');
  } finally {
    await context.close();
  }
}, 240_000);

/** What the sandbox bar of the demo takes of a phone, with the gap below it, px. */
const SANDBOX_BAR = 76;

test('on a phone, with the Agent service down and customers waiting, the three large actions are in the first 600 px', async () => {
  await world.agent.setMode('down');
  const secret = world.webhookSecret;
  for (let n = 1; n <= 5; n++) {
    const body = exampleMessageBody({ conversationId: n, messageId: n });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const answer = await fetch(`${world.app.url}/api/webhooks/chatwoot`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-Chatwoot-Timestamp': timestamp,
        'X-Chatwoot-Signature': chatwootSignature(secret, timestamp, body),
      },
      body,
    });
    expect(answer.status).toBe(200);
  }
  const context = await world.signedIn('responder', PHONE);
  const page = await context.newPage();
  try {
    await page.goto(world.app.url);
    await shows(page, 'Agent service[^]*customers? waits?|customers? waits?[^]*Agent service');
    const take = page.locator('button.oc-action-first');
    await take.waitFor();
    expect(await endOfActions(page)).toBeLessThanOrEqual(600 - SANDBOX_BAR);
    await take.click();
    await page.locator('.oc-action-step').waitFor();
    expect(await endOfActions(page)).toBeLessThanOrEqual(600 - SANDBOX_BAR);
  } finally {
    await world.agent.setMode('ok');
    await context.close();
  }
}, 120_000);

test('on a phone in the dark without JavaScript: off is refused while the checklist is open, and overridden', async () => {
  const context = await world.signedIn('responder', {
    ...PHONE,
    colorScheme: 'dark',
    javaScriptEnabled: false,
  });
  const page = await context.newPage();
  try {
    await page.goto(`${world.app.url}/fallback`);
    expect(await page.innerText('main')).toContain('The restore checklist is open');
    await reason(page).fill('repaired');
    await page.getByRole('button', { name: 'Switch fallback mode off' }).click();
    await shows(page, 'Not switched off: the restore checklist is open');
    await reason(page).fill('repaired');
    await page.getByLabel('Override the open checklist, because').fill('customers wait');
    await page.getByRole('button', { name: 'Switch fallback mode off' }).click();
    await shows(page, 'Fallback mode is off');
    await shows(page, 'Checklist overridden');
    expect(await page.getByRole('region', { name: 'Fallback mode' }).count()).toBe(0);
    await until(
      'the inbox is as it was',
      async () => {
        await page.reload();
        return /Hours and message of "Store chat" as before/.test(await page.innerText('main'));
      },
      PATIENCE_MS,
    );
  } finally {
    await context.close();
  }
  const dark = await world.signedIn('viewer', { ...PHONE, colorScheme: 'dark' });
  const read = await dark.newPage();
  try {
    await read.goto(`${world.app.url}/fallback`);
    await shows(read, 'Off: automation is not paused');
    await isSound(read);
    expect(await read.getByRole('button', { name: /Switch fallback mode/ }).count()).toBe(0);
  } finally {
    await dark.close();
  }
}, 240_000);
