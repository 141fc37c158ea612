import type { BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP } from '../support/browser.ts';
import { until } from '../support/until.ts';
import { startOutageWorld, type OutageWorld } from './outage-world.ts';

const TABS = 8;
const PATIENCE_MS = 60_000;

let world: OutageWorld;
beforeAll(async () => {
  world = await startOutageWorld();
});
afterAll(() => world.stop());

const strip = (page: Page) => page.getByRole('region', { name: 'Status' });
const isLive = (page: Page) => strip(page).getByText('Live', { exact: true }).isVisible();

/** Event streams that the tabs of a browser have open. */
function countStreams(context: BrowserContext) {
  const open = new Set<Request>();
  context.on('request', (request) => {
    if (new URL(request.url()).pathname === '/events') open.add(request);
  });
  context.on('requestfailed', (request) => open.delete(request));
  context.on('requestfinished', (request) => open.delete(request));
  return () => [...open].filter((request) => !request.frame().page().isClosed()).length;
}

async function openTabs(context: BrowserContext): Promise<Page[]> {
  const pages: Page[] = [];
  for (const path of [
    '/',
    '/incidents',
    '/waiting',
    '/tickets',
    '/recovery',
    '/settings',
    '/contacts',
    '/health',
  ]) {
    const page = await context.newPage();
    await page.goto(world.app.url + path);
    pages.push(page);
  }
  expect(pages).toHaveLength(TABS);
  return pages;
}

/** Not every browser lets a page know that nobody looks at it when another is in front: it is told so. */
const look = (page: Page, state: 'visible' | 'hidden') =>
  page.evaluate((shown) => {
    Object.defineProperty(document, 'visibilityState', { value: shown, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);

test('eight tabs load, share one event stream, and all of them tell of an outage, in strip, title and icon', async () => {
  const context = await world.signedIn('responder', DESKTOP);
  const streams = countStreams(context);
  try {
    const pages = await openTabs(context);
    for (const page of pages) await until('it is live', () => isLive(page), PATIENCE_MS);
    expect(streams()).toBe(1);

    await world.chatwoot.setMode('down');
    for (const page of pages) {
      await until(
        'it tells of the outage',
        async () => /Outage.*Nobody is on it/s.test(await strip(page).innerText()),
        PATIENCE_MS,
      );
      await until('so does its title', async () => (await page.title()).startsWith('■ Outage'), PATIENCE_MS);
      expect(await page.locator('#state-icon').getAttribute('href')).toBe('/state-critical.svg');
    }

    // The tab that has the stream is closed: another takes it over.
    await pages[0]!.close();
    const left = pages.slice(1);
    await until('there is one stream again', () => streams() === 1, PATIENCE_MS);
    await strip(left[0]!).getByRole('button', { name: 'Take it' }).click();
    for (const page of left)
      await until(
        'it says who is on it',
        async () => /responder is on it/.test(await strip(page).innerText()),
        PATIENCE_MS,
      );
    expect(streams()).toBe(1);

    // Nobody looks: no stream. Somebody looks again: what was missed is read.
    for (const page of left) await look(page, 'hidden');
    await until('no stream is left', () => streams() === 0, PATIENCE_MS);
    await world.chatwoot.setMode('ok');
    await until('it has recovered', async () => {
      const { rowCount } = await world.pool.query('SELECT FROM incidents WHERE recovered_at IS NOT NULL');
      return rowCount;
    });
    await look(left[2]!, 'visible');
    await until(
      'the tab tells of it',
      async () => !/is on it/.test(await strip(left[2]!).innerText()),
      PATIENCE_MS,
    );
    expect(streams()).toBe(1);
  } finally {
    await world.chatwoot.setMode('ok');
    await context.close();
  }
}, 360_000);
