import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP, PHONE } from '../support/browser.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices } from '../support/services.ts';
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
    await palette(page).waitFor({ state: 'detached' });

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

/** A customer who waits, with a dead letter; and one whose name begins alike, long answered. */
async function putCustomers(): Promise<number> {
  const services = await createTestServices({ DATABASE_URL: world.databaseUrl });
  const [letter] = await insertEvents(services, { count: 1, conversation: 4711 });
  await services.close();
  const account = world.chatwoot.accountId;
  await world.pool.query('UPDATE deliveries SET conversation_key = $2 WHERE dead_fact_id = $1', [
    letter!.id,
    `${account}:4711`,
  ]);
  await world.pool.query(
    `INSERT INTO conversations (key, account, conversation_id, status, chatwoot_updated_at, waiting_since, due_at, customer_name, seen_at)
     VALUES ($1 || ':4711', $1, 4711, 'open', 1, now(), now() + interval '1 hour', 'Zoë O''Hara', now()),
       ($1 || ':4712', $1, 4712, 'resolved', 1, NULL, NULL, 'Zoëline Ohm', now())`,
    [String(account)],
  );
  return letter!.id!;
}

test('a customer, a conversation, an incident and a dead letter are found by keyboard, and names only by who may see them', async () => {
  const letter = await putCustomers();
  const { rows } = await world.pool.query<{ id: number }>(
    `INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by, status, resolved_at, resolved_by)
     VALUES ('manual:1', 'The chat window stays empty', 'P2', now(), now(), 'test', 'resolved', now(), 'test') RETURNING id::int`,
  );
  const responder = await world.signedIn('responder', DESKTOP);
  const viewer = await world.signedIn('viewer', { ...PHONE, javaScriptEnabled: false });
  try {
    const page = await open(responder);
    await page.keyboard.press('Control+k');
    await palette(page).waitFor();
    await page.keyboard.type("zoë o'h");
    const waits = found(page).filter({ hasText: "Zoë O'Hara, conversation 4711" });
    await waits.waitFor();
    await found(page)
      .filter({ hasText: `Dead letter ${letter} of Zoë O'Hara` })
      .waitFor();
    expect(await found(page).filter({ hasText: 'Zoëline' }).count()).toBe(0);
    await palette(page)
      .getByRole('status')
      .filter({ hasText: /^2 results/ })
      .waitFor({ state: 'attached' });
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/search\?q=conversation%204711/);
    await page.getByRole('link', { name: 'Its dead letters' }).waitFor();
    expect(await page.getByRole('link', { name: 'Open in Chatwoot' }).getAttribute('href')).toContain(
      '/conversations/4711',
    );
    expect(await violationsOf(page)).toEqual([]);

    await page.keyboard.press('Control+k');
    await palette(page).waitFor();
    await page.keyboard.type('window stays');
    await found(page).filter({ hasText: 'The chat window stays empty' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/incidents/${rows[0]!.id}$`));

    // Without JavaScript, on a phone: the same as a page, by number; names are neither shown nor found.
    const plain = await viewer.newPage();
    await plain.goto(world.app.url);
    await plain.getByRole('link', { name: 'Search' }).click();
    await plain.getByRole('searchbox').fill(String(letter));
    await plain.getByRole('button', { name: 'Search', exact: true }).click();
    await plain.getByRole('link', { name: `Dead letter ${letter}`, exact: true }).waitFor();
    expect(await plain.locator('main').innerText()).not.toMatch(/Zoë/);
    for (const typed of ['Zoë', 'conversation 4711']) {
      const answer = await viewer.request.get(
        `${world.app.url}/search?_data=routes%2Fsearch&q=${encodeURIComponent(typed)}`,
      );
      const { found: shown } = (await answer.json()) as { found: { label: string }[] };
      expect(shown.map(({ label }) => label)).toEqual(typed === 'Zoë' ? [] : ['Conversation 4711']);
    }
  } finally {
    await Promise.all([responder.close(), viewer.close()]);
  }
}, 240_000);

test('a phone opens the palette from the bar under the thumb', async () => {
  const context = await world.signedIn('responder', PHONE);
  try {
    const page = await open(context);
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Search' }).click();
    await palette(page).waitFor();
    await page.keyboard.type('4711');
    await found(page)
      .filter({ hasText: /^Conversation/ })
      .click();
    await page.waitForURL(/\/search\?q=conversation%204711/);
  } finally {
    await context.close();
  }
}, 180_000);

test('first steps tick themselves, are put away, and stand in nobody’s way during an outage', async () => {
  const context = await world.signedIn('responder', DESKTOP);
  try {
    const page = await open(context);
    const steps = page.getByRole('region', { name: 'First steps' });
    const step = (what: string) => steps.getByRole('listitem').filter({ hasText: what });
    await step('Connect Chatwoot and the Agent service').getByText('Done').waitFor();
    await step('Practise an outage').getByRole('link', { name: 'Run a drill' }).waitFor();
    await step('See a message arrive').getByRole('button', { name: 'Send a test message' }).waitFor();
    await world.pool.query(
      "INSERT INTO arrival_proof (started_at, ended_at, arrived, sentence) VALUES (now(), now(), true, 'It arrived.') ON CONFLICT (id) DO UPDATE SET ended_at = now(), arrived = true",
    );
    await page.reload();
    await step('See a message arrive').getByText('Done').waitFor();
    await steps.getByRole('button', { name: 'Put this list away' }).click();
    await steps.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    expect(await steps.count()).toBe(0);
    await page.goto(`${world.app.url}/account`);
    await page.getByRole('button', { name: 'Show the first steps on Now again' }).click();
    await steps.waitFor();
  } finally {
    await context.close();
  }
}, 180_000);

test('somebody keeps a filter by a name, finds it again, and nobody else sees it; without JavaScript as well', async () => {
  const mine = await world.signedIn('responder', DESKTOP);
  const other = await world.signedIn('viewer', { ...DESKTOP, javaScriptEnabled: false });
  const kept = (page: Page) => page.getByRole('group', { name: 'Your filters' });
  const keep = async (page: Page, name: string) => {
    await kept(page).getByText('Keep this filter').click();
    await page.getByLabel('Name of the filter').fill(name);
    await kept(page).getByRole('button', { name: 'Keep it' }).click();
    await kept(page).getByRole('link', { name }).waitFor();
  };
  try {
    const page = await open(mine, '/delivery?event=message_created&page=1');
    await keep(page, 'New messages');
    await page.goto(`${world.app.url}/delivery`);
    await kept(page).getByRole('link', { name: 'New messages' }).click();
    await page.waitForURL(/\/delivery\?event=message_created#dead-letters$/);
    const theirs = await other.newPage();
    await theirs.goto(`${world.app.url}/delivery?event=message_created`);
    expect(await theirs.getByRole('link', { name: 'New messages' }).count()).toBe(0);
    await theirs.goto(`${world.app.url}/waiting?show=breached`);
    await keep(theirs, 'Late ones');
    expect(await theirs.locator('main').innerText()).not.toMatch(/New messages/);
    await kept(page).getByRole('button', { name: 'Forget “New messages”' }).click();
    await kept(page).getByRole('link', { name: 'New messages' }).waitFor({ state: 'detached' });
  } finally {
    await Promise.all([mine.close(), other.close()]);
  }
}, 180_000);

test('each attempt of a dead letter shows its request and its answer, and nothing that proves who we are', async () => {
  const context = await world.signedIn('responder', DESKTOP);
  try {
    const { rows } = await world.pool.query<{ id: string; event: string }>(
      "SELECT dead_fact_id AS id, event_id AS event FROM deliveries WHERE state = 'dead' LIMIT 1",
    );
    const page = await open(context, `/dead-letters/${rows[0]!.id}`);
    const attempts = page.locator('#attempts');
    await attempts.getByText('Request and answer').first().click();
    const said = attempts.locator('pre');
    await said.filter({ hasText: `webhook-id: ${rows[0]!.event}` }).waitFor();
    await said.filter({ hasText: 'HTTP 503' }).waitFor();
    expect(await attempts.innerText()).not.toMatch(/webhook-signature:|authorization/i);
    expect(await violationsOf(page)).toEqual([]);
  } finally {
    await context.close();
  }
}, 120_000);

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
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
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
