import { gzipSync } from 'node:zlib';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP, endOfActions, PHONE } from '../support/browser.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { violationsOf } from '../support/accessibility.ts';
import { startOutageWorld, type OutageWorld } from './outage-world.ts';

/** Of a page with its first load; charts come after. */
const MAX_SCRIPT_BYTES = 150 * 1024;

let world: OutageWorld;
let deadLetter: number;
/** Of the admin who looks at every page: going on costs a third of a new one. */
let page: Page;
/** Pages that stood open, on a phone and on a laptop, while the outage began. */
const watched: { path: string; width: number; page: Page }[] = [];

/** An outage that goes on, with dead letters: pages have something to show. */
beforeAll(async () => {
  world = await startOutageWorld();
  const services = await createTestServices({ DATABASE_URL: world.databaseUrl });
  const [first] = await insertEvents(services, { count: 3, receivedAt: new Date(), deadAt: new Date() });
  await services.close();
  deadLetter = first!.id!;
  for (const device of [DESKTOP, PHONE]) {
    const context = await world.signedIn('admin', { ...device, reducedMotion: 'reduce' });
    await context.addInitScript(measurePaint);
    for (const path of LEFT_OPEN) {
      const one = await context.newPage();
      await one.goto(world.app.url + path);
      await one.getByText('Live', { exact: true }).waitFor();
      watched.push({ path, width: device.viewport.width, page: one });
    }
  }
  await world.chatwoot.setMode('status', { status: 503 });
  await until('an incident is open', async () => {
    const { rowCount } = await world.pool.query('SELECT 1 FROM incidents');
    return rowCount;
  });
  page = await (await world.signedIn('admin', { ...DESKTOP, reducedMotion: 'reduce' })).newPage();
  await page.addInitScript(measurePaint);
});
afterAll(() => world.stop());

/** What somebody has open who waits for news. */
const LEFT_OPEN = ['/', '/waiting', '/incidents', '/recovery', '/delivery'];

const PAGES = [
  '/',
  '/incidents',
  '/incidents/1',
  '/incidents/1?tab=timeline',
  '/incidents/1?tab=told',
  '/incidents/1/recovery',
  '/health',
  '/alerts',
  '/contacts',
  '/fallback',
  '/recovery',
  '/incidents/1/report',
  '/incidents/1/report?edit=summary',
  '/incidents/1/update',
  '/delivery',
  '/waiting',
  '/tickets',
  '/tickets/templates',
  '/tickets/import',
  '/drill',
  '/people',
  '/settings',
  '/status-page',
  '/search?q=1',
  '/account',
  '/audit',
  '/api-docs',
  '/dead-letters/:id',
  '/dead-letters/replay?scope=all',
  '/dead-letters/discard?scope=all',
  '/incidents/999',
  '/nowhere',
];

test.each(PAGES)(
  '%s: nothing for axe, nothing beyond its edge, in light and dark, wide and narrow; one key leads past the links',
  async (path) => {
    const problems: string[] = [];
    const note = (error: Error) => problems.push(error.message);
    page.on('pageerror', note);
    try {
      const answer = await page.goto(`${world.app.url}${path.replace(':id', String(deadLetter))}`);
      expect(answer!.status()).toBe(/999|nowhere/.test(path) ? 404 : 200);
      await until('it has come to life', () => page.getByRole('heading').first().isVisible());
      for (const [device, own] of [
        [DESKTOP, 'light'],
        [PHONE, 'dark'],
      ] as const) {
        const other = own === 'light' ? 'dark' : 'light';
        await page.setViewportSize(device.viewport);
        await page.emulateMedia({ colorScheme: own });
        expect(await violationsOf(page), `${device.viewport.width} ${own}`).toEqual([]);
        // What else there is does not depend on the colours.
        await page.emulateMedia({ colorScheme: other });
        expect(await violationsOf(page, ['color-contrast']), `${device.viewport.width} ${other}`).toEqual([]);
        expect(await beyondEdge(page), `${device.viewport.width}`).toBe(0);
        const most = device === DESKTOP ? MOST_SCREENS.desktop : MOST_SCREENS.phone;
        expect(await screensOf(page), `screens at ${device.viewport.width}`).toBeLessThanOrEqual(most);
      }
      await page.setViewportSize(ZOOMED);
      expect(await beyondEdge(page), 'at 200 %').toBe(0);
      // A form that was asked for has the focus.
      if (path.includes('edit=')) return;
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
      expect(problems).toEqual([]);
    } finally {
      page.off('pageerror', note);
    }
  },
  120_000,
);

/** As the browser itself counts: what moved under the reader's eyes (0 to 1), and when the largest part was there, ms. */
const MOST_SHIFT = 0.05;
/** Of a page that turns from calm to outage while it is read: what Web Vitals call good. */
const MOST_SHIFT_OPEN = 0.1;
const LARGEST_PAINT_MS = 1500;

interface Paint {
  /** Shares of the window by how far they moved, within 5 s of each other, as Web Vitals count them. */
  shift: number;
  moved: string[];
  largestMs: number;
}

/** Runs in the page before anything of it does. */
function measurePaint() {
  const paint: Paint = { shift: 0, moved: [], largestMs: 0 };
  Object.assign(window, { paint });
  let [sum, first, last] = [0, 0, -Infinity];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & Shift)[]) {
      // What somebody pressed may move things.
      if (entry.hadRecentInput) continue;
      if (entry.startTime - last > 1000 || entry.startTime - first > 5000)
        [sum, first] = [0, entry.startTime];
      [sum, last] = [sum + entry.value, entry.startTime];
      paint.shift = Math.max(paint.shift, sum);
      const what = entry.sources.map(
        ({ node, previousRect: was, currentRect: is }) =>
          `${node?.nodeName} ${node?.textContent?.slice(0, 40)} ${was.x},${was.y} → ${is.x},${is.y}`,
      );
      paint.moved.push(`${entry.value.toFixed(3)}: ${what.join('; ')}`);
    }
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => {
    paint.largestMs = list.getEntries().at(-1)!.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
}

interface Shift {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
}

const isPoor = ({ shift, largestMs }: Paint) => shift > MOST_SHIFT || largestMs > LARGEST_PAINT_MS;

const paintOf = (page: Page) => page.evaluate(() => (window as unknown as { paint: Paint }).paint);

test('pages that stand open while an outage begins do not move what somebody reads', async () => {
  const moved: unknown[] = [];
  for (const { path, width, page: open } of watched) {
    await until('it says so', async () => /503|Outage/.test(await open.locator('.oc-strip').innerText()));
    const { shift, moved: what } = await paintOf(open);
    if (shift > MOST_SHIFT_OPEN) moved.push({ path, width, shift, what });
  }
  for (const context of new Set(watched.map(({ page: open }) => open.context()))) await context.close();
  expect(moved).toEqual([]);
}, 60_000);

test.each([DESKTOP, PHONE])(
  'at $viewport.width: no page moves what somebody reads, or shows its largest part late',
  async ({ viewport }) => {
    await page.setViewportSize(viewport);
    const moved: [string, Paint][] = [];
    for (const path of PAGES) {
      const address = `${world.app.url}${path.replace(':id', String(deadLetter))}`;
      // A busy machine is slow now and then, and news may come: what a page does by itself it does each time.
      let paint: Paint;
      let loads = 0;
      do {
        await page.goto(address);
        await page.getByText('Live', { exact: true }).waitFor();
        await page.locator('.oc-chart-placeholder, .oc-latency-room').first().waitFor({ state: 'detached' });
        paint = await paintOf(page);
      } while (++loads < 5 && isPoor(paint));
      if (isPoor(paint)) moved.push([path, paint]);
    }
    expect(moved).toEqual([]);
  },
  120_000,
);

/** Somebody in trouble finds the end of a page. */
const MOST_SCREENS = { desktop: 3, phone: 6 };
/** A laptop's 1280×800 at 200 %, in CSS pixels. */
const ZOOMED = { width: 640, height: 400 };

const screensOf = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollHeight / document.documentElement.clientHeight);

const beyondEdge = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test('the first load of no page needs more than 150 KB of script, gzipped', async () => {
  const context = await world.signedIn('admin', DESKTOP);
  const sizes = new Map<string, number>();
  const sizeOf = async (script: string) => {
    const size = gzipSync(await (await context.request.get(`${world.app.url}${script}`)).body()).length;
    sizes.set(script, size);
    return size;
  };
  const loads: [path: string, bytes: number][] = [];
  for (const path of PAGES.filter((one) => !/999|nowhere/.test(one))) {
    const address = `${world.app.url}${path.replace(':id', String(deadLetter))}`;
    const html = await (await context.request.get(address)).text();
    // Other routes' modules stand in the manifest too, but are not loaded.
    const scripts = new Set(
      [...html.matchAll(/["'](\/assets\/[^"']+\.js)["']/g)]
        .map(([, script]) => script!)
        .filter((script) => loadedFirst(html, script)),
    );
    let bytes = 0;
    for (const script of scripts) bytes += sizes.get(script) ?? (await sizeOf(script));
    expect(bytes, path).toBeGreaterThan(50_000);
    loads.push([path, bytes]);
  }

  expect(loads.filter(([, bytes]) => bytes > MAX_SCRIPT_BYTES)).toEqual([]);
  await context.close();
}, 60_000);

/** Preloaded, or imported by the inline script that starts the page. */
const loadedFirst = (html: string, path: string) =>
  html.includes(`<link rel="modulepreload" href="${path}"`) ||
  html.includes(`from "${path}"`) ||
  html.includes(`import "${path}"`);

/** A form without JavaScript loads the page anew: what is read too early is of the page before. */
const shows = (part: Locator, words: RegExp) =>
  until(`it shows ${words}`, async () => words.test(await part.innerText()));

test('without JavaScript somebody takes the incident, ticks a step, notes and resolves it', async () => {
  const context = await world.signedIn('responder', { ...PHONE, javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await page.goto(world.app.url);
    await page.getByRole('region', { name: 'Status' }).getByRole('button', { name: 'Take it' }).click();
    await shows(page.locator('#incident'), /Acknowledged by responder/);
    await page.goto(`${world.app.url}/incidents/1`);
    await page
      .getByRole('button', { name: /^Done: / })
      .first()
      .click();
    await shows(page.getByRole('status').first(), /The step is marked/);
    await page.getByLabel('Note for the timeline').fill('Called the host');
    await page.getByRole('button', { name: 'Add the note' }).click();
    await shows(page.getByRole('status').first(), /The note is in the timeline/);
    await page.getByRole('link', { name: 'Timeline' }).click();
    await shows(page.locator('#timeline'), /Called the host/);
    await page.getByRole('link', { name: /^Health checks/ }).click();
    await shows(page.locator('#timeline'), /^(?!.*Called the host)/s);
    await page.getByRole('link', { name: 'Guide' }).click();
    await page.getByText('Resolve it', { exact: true }).click();
    const form = page.locator('form[action$="/resolve"]');
    await form.getByLabel('What it was').fill('Not known');
    await form.getByLabel(/^Reason/).fill('Handed over');
    await form.getByRole('button', { name: /^Resolve/ }).click();
    await shows(page.getByRole('region', { name: 'Incident', exact: true }), /Resolved by/);
  } finally {
    await context.close();
  }
}, 60_000);

test('a form of somebody whose role was taken away comes back with a sentence', async () => {
  const context = await world.signedIn('responder', DESKTOP);
  try {
    const page = await openedByHand(context);
    await page.getByLabel('Note for the timeline').fill('I may not');
    await world.pool.query("UPDATE people SET role = 'viewer'");
    await page.getByRole('button', { name: 'Add the note' }).click();
    const notice = page.getByRole('status').filter({ hasText: 'your role does not allow this' });
    await notice.waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/incidents\/\d+$/);
    await page.getByRole('link', { name: 'Timeline' }).click();
    expect(await page.locator('#timeline').innerText()).not.toMatch(/I may not/);
  } finally {
    await context.close();
  }
}, 60_000);

test('from Now people answer by hand after two clicks, with a reason that stands there already', async () => {
  const context = await world.signedIn('admin', PHONE);
  try {
    const now = await context.newPage();
    await now.goto(world.app.url);
    await now.getByText('Live', { exact: true }).waitFor();
    await now.setViewportSize(DESKTOP.viewport);
    expect(await endOfActions(now)).toBeLessThanOrEqual(DESKTOP.viewport.height);
    await now.setViewportSize(PHONE.viewport);
    expect(await endOfActions(now)).toBeLessThanOrEqual(600);
    await now.getByRole('link', { name: /^Answer by hand/ }).click();
    const reason = now.getByLabel('Reason', { exact: true });
    await reason.waitFor();
    expect(await reason.inputValue()).toMatch(/\S/);
    await now.getByRole('button', { name: 'Switch fallback mode on' }).click();
    await now.getByText('On: people answer by hand').waitFor();
  } finally {
    await context.close();
  }
}, 60_000);

/** Opens an incident by hand and stays on its page. */
async function openedByHand(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${world.app.url}/incidents`);
  await page.getByText('Open an incident by hand').click();
  await page.getByLabel('What is wrong, in one line').fill('The chat window stays empty');
  await page.getByLabel('What was seen').fill('Three customers wrote to us');
  await page.getByRole('button', { name: 'Open the incident' }).click();
  await page.getByRole('heading', { name: 'The chat window stays empty' }).waitFor();
  return page;
}
