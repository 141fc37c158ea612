import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/browser.ts';
import {
  openTestAccess,
  signInOver,
  addPerson,
  useCookies as giveCookies,
  type TestAccess,
} from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { createComparisonWorld, type ComparisonWorld } from '../arrival/comparison-world.ts';

let world: ComparisonWorld;
let access: TestAccess;
let app: AppProcess;
let browser: Browser;
const cookies: Record<string, string> = {};

beforeAll(async () => {
  world = await createComparisonWorld();
  const { services, chatwoot } = world;
  const talks = [world.begins(), world.begins(), world.begins(), world.begins()];
  await world.losing(() => {
    for (const talk of talks) world.says(talk);
  });
  await world.settled();
  await world.reconcile();
  await services.db.pool.query(
    `INSERT INTO waiting_samples (minute, waiting, breached)
     SELECT date_trunc('minute', now()) - make_interval(mins => n), 4, 1 FROM generate_series(1, 20) AS n`,
  );
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
  });
  await app.ready();
  access = openTestAccess(services);
  for (const role of ['responder', 'viewer'] as const)
    cookies[role] = await signInOver(app.url, await addPerson(services.databaseUrl, role));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  access.stop();
  await app.kill('SIGTERM');
  await world.close();
});

const assigned = () =>
  [...world.chatwoot.store.conversations.values()].filter(({ assignee }) => assignee !== null);

async function withPage(options: object, role: string, work: (page: Page) => Promise<void>) {
  const context = await browser.newContext(options);
  await giveCookies(context, app.url, cookies[role]!);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  try {
    await work(page);
    expect(problems).toEqual([]);
  } finally {
    await context.close();
  }
}

test('on a wide screen: who waits, the plan, the hand-over with its results, what never arrived', async () => {
  await withPage({ ...DESKTOP, colorScheme: 'light' }, 'responder', async (page) => {
    await page.goto(`${app.url}/waiting`);
    await page.getByText('4 messages never reached us').waitFor();
    expect(await page.locator('#missing').innerText()).toContain('all 4 recovered');
    expect(await page.locator('#waiting tbody tr').count()).toBe(4);
    await page.locator('#over-time svg').first().waitFor();
    expect(await violationsOf(page)).toEqual([]);

    await page.getByRole('checkbox').first().check();
    await page.getByRole('checkbox').nth(1).check();
    await page.getByRole('button', { name: 'Assign ticked…' }).click();
    await page.getByRole('heading', { name: /^2 conversations to/ }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(assigned()).toHaveLength(0);
    await page.getByRole('button', { name: 'Assign 2 conversations now' }).click();
    await page.getByText('2 conversations, all done').waitFor();
    expect(assigned()).toHaveLength(2);
    expect(await violationsOf(page)).toEqual([]);
  });
});

test('on a phone, in the dark, without JavaScript: one conversation to one person; the comparison is asked for', async () => {
  const options = { ...PHONE, colorScheme: 'dark', javaScriptEnabled: false };
  await withPage(options, 'responder', async (page) => {
    const before = assigned().length;
    await page.goto(`${app.url}/waiting?show=unassigned`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await page
      .getByRole('button', { name: /^Assign conversation/ })
      .first()
      .click();
    await page
      .getByRole('button', { name: /^Plan all for/ })
      .last()
      .click();
    await page.getByRole('button', { name: 'Assign 1 conversation now' }).click();
    await page.getByText('The conversations are being handed over').waitFor();
    await until('it is handed over', () => assigned().length === before + 1);
    await page.getByText('Compare with Chatwoot again').click();
    await page.getByLabel('Look further back').fill('2h');
    await page.getByRole('button', { name: 'Compare with Chatwoot now' }).click();
    await page.getByText('The comparison with Chatwoot has started').waitFor();
    expect(await world.services.db.prisma.auditEntry.count({ where: { action: 'reconcile.run' } })).toBe(1);
  });
});

test('in its row: what they wrote last and over which channel; somebody is chosen and has it, by keyboard', async () => {
  await withPage({ ...DESKTOP, colorScheme: 'dark' }, 'responder', async (page) => {
    const before = assigned().length;
    const talk = world.begins();
    const { content } = world.says(talk);
    await world.settled();
    await page.goto(`${app.url}/waiting?show=unassigned&sort=since`);
    const row = page.locator('#waiting tbody tr').filter({ hasText: `conversation ${talk.id} ` });
    await until('its text is there', async () => (await row.innerText()).includes(content!));
    expect(await row.innerText()).toMatch(/ · Website chat/);

    await row.getByRole('button', { name: `Assign conversation ${talk.id}` }).focus();
    await page.keyboard.press('Enter');
    const choice = page.getByLabel(`Assign conversation ${talk.id} to`);
    await choice.waitFor();
    expect(await choice.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await choice.locator('option').first().innerText()).toMatch(/\((not )?online, has \d+\)$/);
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await choice.waitFor({ state: 'detached' });

    await row.getByRole('button', { name: `Assign conversation ${talk.id}` }).click();
    await choice.waitFor();
    const name = (await choice.locator('option').first().innerText()).replace(/ \(.*/, '');
    await row.getByRole('button', { name: 'Assign', exact: true }).click();
    await until('it is assigned', () => assigned().length === before + 1);
    await choice.waitFor({ state: 'detached' });
    expect(world.chatwoot.store.conversations.get(talk.id)!.assignee!.name).toContain(name);
  });
});

test('while a hand is on the list no row moves: who is answered stays in place, who is new waits behind a button', async () => {
  await withPage(DESKTOP, 'responder', async (page) => {
    await page.addInitScript(noteMoved);
    await page.goto(`${app.url}/waiting?sort=since`);
    await page.getByText('Live', { exact: true }).waitFor();
    const rows = page.locator('#waiting tbody tr');
    const names = () => rows.locator('small').allInnerTexts();
    const tops = async () => (await rows.all()).map(async (row) => (await row.boundingBox())!.y);
    const update = page.getByRole('button', { name: /update the list$/ });
    await rows.nth(1).hover();
    const [before, places] = [await names(), await Promise.all(await tops())];
    const first = talkIn(before[0]!);
    world.says(first, 'outgoing');
    await rows.first().getByText('No longer on this page').waitFor();
    const fresh = world.begins();
    world.says(fresh);
    await update.filter({ hasText: '1 more, 1 gone' }).waitFor();
    expect(await names()).toEqual(before);
    expect(await Promise.all(await tops())).toEqual(places);
    expect(await rows.first().getByRole('button').count()).toBe(0);
    expect(await rows.first().getByRole('checkbox').count()).toBe(0);
    expect(await violationsOf(page)).toEqual([]);

    await update.click();
    await update.waitFor({ state: 'detached' });
    const after = await names();
    expect(after).toHaveLength(before.length);
    expect(after.map(talkIn)).toEqual([...before.slice(1).map(talkIn), fresh]);
  });
});

test('where nobody had their hands the list follows, and what moved cannot be pressed for a moment', async () => {
  await withPage(DESKTOP, 'responder', async (page) => {
    await page.addInitScript(noteMoved);
    await page.goto(`${app.url}/waiting?sort=since`);
    await page.getByText('Live', { exact: true }).waitFor();
    const rows = page.locator('#waiting tbody tr');
    const [first, second] = (await rows.locator('small').allInnerTexts()).map(talkIn);
    world.says(first!, 'outgoing');
    await rows.first().getByText(`conversation ${second!.id}`).waitFor();
    const moved = () => page.evaluate(() => (window as unknown as { moved: string[] }).moved);
    await until('what moved is quiet', async () => (await moved()).length > 0);
    expect(await moved()).toContain(`Assign conversation ${second!.id}`);
    await until('it can be pressed', async () => (await page.locator('[data-moved]').count()) === 0);
  });
});

/** Runs in the page: what was made quiet because it moved. */
function noteMoved() {
  const moved: string[] = [];
  Object.assign(window, { moved });
  new MutationObserver((changes) => {
    for (const { target } of changes) moved.push((target as Element).getAttribute('aria-label') ?? '');
  }).observe(document, { subtree: true, attributeFilter: ['data-moved'] });
}

/** The conversation that a row is about. */
const talkIn = (words: string) =>
  world.chatwoot.store.conversations.get(Number(/conversation (\d+)/.exec(words)![1]))!;

test('on a phone, in the dark: nothing is scrolled sideways, nothing is wrong for a screen reader', async () => {
  await withPage({ ...PHONE, colorScheme: 'dark' }, 'responder', async (page) => {
    await page.goto(`${app.url}/waiting`);
    await page.locator('#over-time svg').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(await violationsOf(page)).toEqual([]);
  });
});

test('a viewer reads who waits, without names, and has nothing to press', async () => {
  await withPage(DESKTOP, 'viewer', async (page) => {
    await page.goto(`${app.url}/waiting`);
    await page.locator('#waiting tbody tr').first().waitFor();
    const words = await page.locator('main').innerText();
    expect(words).not.toContain([...world.chatwoot.store.conversations.values()][0]!.contact.name);
    expect(await page.locator('.oc-waiting-text').count()).toBe(0);
    expect(await page.getByRole('button', { name: /Assign|Compare/ }).count()).toBe(0);
  });
});
