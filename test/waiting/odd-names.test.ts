import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createComparisonWorld, type ComparisonWorld } from '../arrival/comparison-world.ts';
import { SPELLED as ODD_SPELLED, WRITTEN as ODD_WRITTEN } from '../lib/odd-texts.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/browser.ts';
import { fetchAs, signInAs, useCookies } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

const WRITTEN = [...Object.values(ODD_WRITTEN), 'a'.repeat(200)];
const SPELLED = [
  ODD_SPELLED['a right-to-left override']!,
  ODD_SPELLED['a zero-width space']!,
  ODD_SPELLED['a row of joiners']!,
];

let world: ComparisonWorld;
let app: AppProcess;
let browser: Browser;
let cookie = '';

beforeAll(async () => {
  world = await createComparisonWorld();
  const { store } = world.chatwoot;
  for (const name of [...WRITTEN, ...SPELLED.map(([given]) => given)]) {
    const contact = store.addContact({ name });
    const talk = store.startConversation({ contact });
    store.addMessage(talk, { type: 'incoming', content: 'Hello', private: false, sender: contact });
  }
  await world.settled();
  app = await startApp({
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: world.proxy.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: world.chatwoot.apiToken,
    CHATWOOT_WEBHOOK_MAX_ATTEMPTS: '1',
    BREAKER_ENABLED: 'false',
    LOG_LEVEL: 'info',
  });
  await app.ready();
  cookie = await signInAs(app.url, world.services.databaseUrl, 'responder');
  for (const name of WRITTEN)
    await (
      await fetchAs(cookie, `${app.url}/tickets`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          do: 'add',
          customer: name.slice(0, 100),
          issue: 'x',
          minutesAgo: '1',
        }).toString(),
      })
    ).body?.cancel();
  await until('all are dead letters', async () => {
    const { rows } = await world.services.db.pool.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM deliveries WHERE state = 'dead' AND event = 'message_created'",
    );
    return rows[0]!.n >= WRITTEN.length + SPELLED.length || undefined;
  });
  browser = await launchBrowser();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await app?.kill('SIGTERM');
  await world?.close();
});

const textOf = async (path: string) => (await fetchAs(cookie, app.url + path)).text();

test('names stand on the pages as they are written, each isolated from what stands around it', async () => {
  const waiting = (await textOf('/waiting')) + (await textOf('/waiting?page=2'));
  for (const name of WRITTEN) expect(waiting, name).toContain(`<bdi>${name}</bdi>`);
  for (const [given, shown] of SPELLED) {
    expect(waiting, shown).toContain(`<bdi>${shown}</bdi>`);
    expect(waiting, shown).not.toContain(`<bdi>${given}`);
  }
  const letters = (
    await Promise.all([1, 2, 3, 4].map((n) => textOf(`/delivery?event=message_created&page=${n}`)))
  ).join('');
  for (const name of WRITTEN.filter(({ length }) => length < 80)) expect(letters, name).toContain(name);
  for (const [, shown] of SPELLED) expect(letters).toContain(shown);
});

test('a spreadsheet has them as they are written, the log not at all', async () => {
  const csv = await textOf('/tickets.csv');
  for (const name of WRITTEN) expect(csv, name).toContain(name.slice(0, 100));
  for (const name of WRITTEN) expect(app.output()).not.toContain(name);
});

test.each([
  ['a desk', DESKTOP],
  ['a telephone', PHONE],
])('no name makes a page wider than the screen of %s', async (_what, view) => {
  const context = await browser.newContext(view);
  await useCookies(context, app.url, cookie);
  const page = await context.newPage();
  for (const path of ['/waiting', '/tickets', '/', '/delivery?event=message_created']) {
    await page.goto(app.url + path);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, path).toBeLessThanOrEqual(view.viewport.width);
  }
  await context.close();
});
