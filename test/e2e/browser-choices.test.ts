import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP, PHONE } from '../support/browser.ts';
import { until } from '../support/until.ts';
import { violationsOf } from '../support/accessibility.ts';
import { startOutageWorld, type OutageWorld } from './outage-world.ts';

const PATIENCE_MS = 60_000;
const ZONE = 'Asia/Dubai';

let world: OutageWorld;
beforeAll(async () => {
  world = await startOutageWorld();
  await world.chatwoot.setMode('down');
  await until('an incident', async () => (await world.pool.query('SELECT FROM incidents')).rowCount);
});
afterAll(() => world.stop());

/** What the page complains of: a render that does not match what the server sent is an error there. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  return complaints;
}

async function keep(page: Page, { theme, zone }: { theme?: string; zone?: string }): Promise<void> {
  await page.goto(`${world.app.url}/account`);
  if (theme) await page.getByLabel('Theme').selectOption({ label: theme });
  if (zone !== undefined) await page.getByLabel('Time zone').fill(zone);
  await page.getByRole('button', { name: 'Keep' }).click();
}

const began = async (page: Page) => {
  const time = page.locator('#timeline time').first();
  await time.waitFor();
  return {
    text: await time.innerText(),
    title: await time.getAttribute('title'),
    at: await time.getAttribute('datetime'),
  };
};

const wall = (iso: string, zone: string) =>
  new Date(iso).toLocaleTimeString('en-GB', { timeZone: zone, hourCycle: 'h23' });

test("times are the browser's, a named zone's or UTC, with UTC on hover, on the first page and on the server's", async () => {
  const context = await world.signedIn('responder', { ...DESKTOP, timezoneId: ZONE });
  try {
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    // The first page of all: the server did not know the zone yet.
    await page.goto(`${world.app.url}/incidents/1?tab=timeline`);
    await until(
      'it is the time of the place',
      async () => {
        const { text, at } = await began(page);
        return text === wall(at!, ZONE);
      },
      PATIENCE_MS,
    );
    expect((await began(page)).title).toBe(`${(await began(page)).at!.slice(0, 19).replace('T', ' ')} UTC`);
    await page.getByText(`Times are those of ${ZONE}.`).waitFor();
    // From then on the server writes it itself: no word changes when the page comes alive.
    const sent = await (await context.request.get(`${world.app.url}/incidents/1?tab=timeline`)).text();
    const { text, at } = await began(page);
    expect(sent).toContain(`>${text}</time>`);
    expect(sent).toContain(`Times are those of ${ZONE}.`);
    // Sentences of the server, too.
    const sentence = page.locator('.oc-verdict p').first();
    await until(
      'the sentence is read there',
      async () => !(await sentence.innerText()).includes('UTC'),
      PATIENCE_MS,
    );
    for (const path of [
      '/',
      '/waiting',
      '/health',
      '/alerts',
      '/delivery',
      '/recovery',
      '/fallback',
      '/drill',
      '/account',
    ]) {
      await page.goto(world.app.url + path);
      await page.locator('main').waitFor();
      // What is sent to customers names UTC: they live everywhere.
      const shown = await page.locator('main').evaluate((main) => {
        for (const sent of main.querySelectorAll('blockquote, textarea, pre')) sent.remove();
        return (main as HTMLElement).innerText;
      });
      expect(shown.match(/.*\d UTC.*/g), path).toBeNull();
    }
    await keep(page, { zone: 'America/New_York' });
    await page.getByText('Kept for this browser.').waitFor();
    await page.goto(`${world.app.url}/incidents/1?tab=timeline`);
    expect((await began(page)).text).toBe(wall(at!, 'America/New_York'));
    await keep(page, { zone: 'Mars/Olympus' });
    await page.getByText('no time zone has that name').waitFor();
    await keep(page, { zone: 'UTC' });
    await page.getByText('Kept for this browser.').waitFor();
    await page.goto(`${world.app.url}/incidents/1?tab=timeline`);
    expect((await began(page)).text).toBe(wall(at!, 'UTC'));
    await page.getByText('Times are UTC.').waitFor();
    expect(complaints.filter((complaint) => /hydrat|did not match|#4\d\d/i.test(complaint))).toEqual([]);
    // Exports keep to UTC.
    expect(await (await context.request.get(`${world.app.url}/tickets.csv`)).text()).not.toContain('Dubai');
  } finally {
    await context.close();
  }
}, 240_000);

test('without JavaScript times are UTC, or what was chosen by the form', async () => {
  const context = await world.signedIn('viewer', { ...DESKTOP, timezoneId: ZONE, javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await page.goto(`${world.app.url}/incidents/1?tab=timeline`);
    const { at, text } = await began(page);
    expect(text).toBe(wall(at!, 'UTC'));
    await keep(page, { zone: ZONE, theme: 'Dark' });
    await page.getByText('Kept for this browser.').waitFor();
    expect(await background(page)).toBe(DARK);
    await page.goto(`${world.app.url}/incidents/1?tab=timeline`);
    expect((await began(page)).text).toBe(wall(at!, ZONE));
  } finally {
    await context.close();
  }
}, 120_000);

const DARK = 'rgb(19, 20, 23)';
const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

test.each(['wide', 'phone'] as const)(
  'the theme is kept, is there with the first paint, and passes axe (%s)',
  async (device) => {
    const options = { ...(device === 'wide' ? DESKTOP : PHONE), colorScheme: 'light' } as const;
    const context: BrowserContext = await world.signedIn('responder', options);
    try {
      const page = await context.newPage();
      await page.goto(world.app.url);
      const light = await background(page);
      expect(light).not.toBe(DARK);
      await keep(page, { theme: 'Dark' });
      await until('it is dark', async () => (await background(page)) === DARK, PATIENCE_MS);
      expect(await violationsOf(page)).toEqual([]);
      // Nothing but the server's page and its style sheets makes it dark: there is no flash for scripts to mend.
      await page.route(/\.js$/, (route) => route.abort());
      await page.goto(world.app.url);
      expect(await background(page)).toBe(DARK);
      await page.unroute(/\.js$/);
      // The system is dark, and somebody wants it light.
      await page.emulateMedia({ colorScheme: 'dark' });
      await keep(page, { theme: 'Light' });
      await until('it is light', async () => (await background(page)) === light, PATIENCE_MS);
      await keep(page, { theme: 'As the system' });
      await until('it is as the system', async () => (await background(page)) === DARK, PATIENCE_MS);
    } finally {
      await context.close();
    }
  },
  180_000,
);
