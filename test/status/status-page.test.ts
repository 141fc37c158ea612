import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { violationsOf } from '../support/accessibility.ts';
import { startOwnPostgres, type OwnPostgres } from '../intake/own-postgres.ts';
import { freePort, runToEnd, startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE, rested } from '../support/browser.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { addPerson, fetchAs, signInOver, type TestRole } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

const PATIENCE_MS = 60_000;
const HOSTILE = '<script>document.title="owned"</script>"><img src=x onerror=alert(1)>';

let postgres: OwnPostgres;
let chatwoot: Chatwoot;
let agent: AgentService;
let app: AppProcess;
let browser: Browser;
let pool: pg.Pool;
let dataDir: string;
let exportDir: string;
let env: Record<string, string>;
const cookies = {} as Record<TestRole, string>;

beforeAll(async () => {
  [postgres, chatwoot, agent, dataDir, exportDir] = await Promise.all([
    startOwnPostgres(),
    startChatwoot(),
    startAgent(),
    makeQuickFolder('status'),
    mkdtemp(path.join(os.tmpdir(), 'status-export-')),
  ]);
  env = {
    PORT: String(await freePort()),
    DATABASE_URL: postgres.url,
    DATA_DIR: dataDir,
    STATUS_EXPORT_DIR: exportDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    SUPPORT_FALLBACK_EMAIL: 'help@example.com',
    HEALTH_CHECK_INTERVAL: '1s',
    HEALTH_CONFIRM_INTERVAL: '300ms',
  };
  app = await startApp(env);
  await app.ready();
  pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
  // A connection ends when the server is killed.
  pool.on('error', () => undefined);
  for (const role of ['viewer', 'responder', 'admin'] as const)
    cookies[role] = await signInOver(app.url, await addPerson(postgres.url, role));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.kill('SIGTERM');
  await pool?.end();
  await Promise.all([chatwoot?.stop(), agent?.stop()]);
  await postgres?.remove();
  for (const folder of [dataDir, exportDir]) if (folder) await rm(folder, { recursive: true, force: true });
});

const get = (address: string, init: RequestInit = {}) =>
  fetch(app.url + address, { redirect: 'manual', ...init });
const text = async (address: string) => (await get(address)).text();
const shows = (what: string | RegExp, address = '/status') =>
  until(`${address} shows ${what}`, async () => new RegExp(what).test(await text(address)), PATIENCE_MS);
const send = (role: TestRole, address: string, fields: Record<string, string> | [string, string][]) =>
  fetchAs(cookies[role], app.url + address, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(fields),
  });
/** What somebody without a sign-in is answered who sends a form. */
const unsigned = async (address: string, fields: Record<string, string>) => {
  const answer = await get(address, { method: 'POST', body: new URLSearchParams(fields) });
  await answer.body?.cancel();
  return answer.status;
};
const openIncident = (cause: string) =>
  until(
    `an incident of ${cause}`,
    async () => {
      const { rows } = await pool.query<{ id: number }>(
        `SELECT id::int FROM incidents WHERE cause = $1 AND status <> 'resolved' AND recovered_at IS NULL`,
        [cause],
      );
      return rows[0]?.id;
    },
    PATIENCE_MS,
  );

test('it is off until an admin switches it on, and nobody else may', async () => {
  for (const address of ['/status', '/api/v2/status.json', '/history.atom', '/status/banner.js'])
    expect([address, (await get(address)).status]).toEqual([address, 404]);
  const fields = {
    do: 'page',
    version: '1',
    enabled: 'on',
    title: 'Hot Rodan',
    contact: 'Write to help@example.com',
    colour: '#8a1c3b',
    language: 'en',
  };
  for (const role of ['viewer', 'responder'] as const)
    expect((await send(role, '/status-page', fields)).status).toBe(403);
  expect(await unsigned('/status-page', fields)).toBe(401);
  // Nothing of it was kept: the right version is still the first.
  expect(await (await send('admin', '/status-page', { ...fields, colour: 'red;}' })).text()).toContain(
    'a colour is #',
  );
  expect((await send('admin', '/status-page', fields)).status).toBe(303);
  await shows('Everything works');
});

const AS_IT_IS = { headers: { 'Accept-Encoding': 'br, gzip;q=0' } };

test('it needs no sign-in, sets no cookie, runs no script, and is not sent twice', async () => {
  const answer = await get('/status');
  const body = await answer.text();
  expect(answer.headers.get('Set-Cookie')).toBeNull();
  expect(answer.headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect(body).not.toContain('<script');
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(30_000);
  const etag = answer.headers.get('ETag')!;
  // The document is read every 10 s, and says when.
  const again = await get('/status', { headers: { 'If-None-Match': etag } });
  expect([200, 304]).toContain(again.status);
  const feed = await get('/history.atom');
  await feed.body?.cancel();
  expect(
    (await get('/history.atom', { headers: { 'If-None-Match': `W/${feed.headers.get('ETag')}` } })).status,
  ).toBe(304);
  // It is zipped once it was asked for; then it is the same in other bytes, so that its tag is a weak one.
  const tags = await until('zipped and not', async () => {
    const pair = [await get('/status'), await get('/status', AS_IT_IS)];
    const [texts, encodings] = [
      await Promise.all(pair.map((one) => one.text())),
      pair.map(({ headers }) => headers.get('Content-Encoding')),
    ];
    const isPair = texts[0] === texts[1] && encodings[0] === 'gzip' && encodings[1] === null;
    return isPair ? pair.map(({ headers }) => headers.get('ETag')) : null;
  });
  expect(tags[0]).toBe(`W/${tags[1]}`);
  const shared = await get('/api/v2/summary.json');
  expect(shared.headers.get('Access-Control-Allow-Origin')).toBe('*');
  expect(await shared.json()).toMatchObject({
    page: { name: 'Hot Rodan' },
    status: { indicator: 'none' },
    incidents: [],
  });
  const head = await get('/status', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test('an outage is not told by itself, and not hidden behind green; a responder publishes the ready draft', async () => {
  await chatwoot.setMode('status', { status: 503 });
  const id = await openIncident('chatwoot');
  await shows('Not known');
  expect(await text('/status')).not.toMatch(/Everything works|Does not work|503/);
  expect(JSON.parse(await text('/api/v2/incidents.json'))).toMatchObject({ incidents: [] });
  expect(await text('/status/banner.js')).not.toContain('function');

  const form = `/incidents/${id}/update`;
  expect((await fetchAs(cookies.viewer, app.url + form)).status).toBe(403);
  const whole = { seen: '0', title: 'x', text: 'x', state: 'investigating', 'affects-1': 'major_outage' };
  expect((await send('viewer', form, whole)).status).toBe(403);
  expect(await unsigned(form, whole)).toBe(401);
  const context = await browser.newContext(DESKTOP);
  await context.addCookies(
    cookies.responder
      .split('; ')
      .map((pair) => ({ name: pair.split('=')[0]!, value: pair.slice(pair.indexOf('=') + 1), url: app.url })),
  );
  const page = await context.newPage();
  await page.goto(`${app.url}/incidents/${id}`);
  await page.getByRole('link', { name: 'Publish an update for customers' }).click();
  await page.getByRole('heading', { name: 'Publish an update' }).waitFor();
  expect(await page.getByLabel('Text', { exact: true }).inputValue()).toMatch(
    /^Chat: not working since .* UTC\. .*help@example\.com.* Next update by .* UTC\.$/,
  );
  expect(await violationsOf(page)).toEqual([]);
  // Enter in a field shows it, and tells nobody.
  await page.getByLabel('Title', { exact: true }).press('Enter');
  await page.locator('form details[open]').first().waitFor();
  expect((await pool.query('SELECT 1 FROM status_updates')).rows).toEqual([]);
  const passed = await send('responder', form, { ...whole, next: '2026-01-01T10:00' });
  expect([passed.status, /time of the next update has passed/.test(await passed.text())]).toEqual([
    400,
    true,
  ]);
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await page.getByText('Published. Below is where it went.').waitFor();
  await shows('Our support cannot be reached as usual');
  await shows('Chat: not working. Please write to help@example.com', '/status/banner.js');
  await rested(page);
  await page.getByText('Replace the text', { exact: true }).click();
  const mended = 'Our chat is down. Please write to us by e-mail.';
  await page.getByLabel('What it should say').fill(mended);
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole('button', { name: 'Replace it' }).click();
  await page.getByText('The text is replaced on the page and in its feeds.').waitFor();
  await shows(mended);
  await page.getByText('Earlier texts').click();
  await page.getByText(/replaced by/).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await page.goto(`${app.url}/incidents/${id}`);
  await page.getByText('Published on the status page').first().waitFor();
  await context.close();

  // Somebody who looked before is told so.
  const late = await send('responder', form, { ...whole, state: 'identified' });
  expect([late.status, /somebody published an update meanwhile/.test(await late.text())]).toEqual([
    409,
    true,
  ]);
}, 180_000);

test('what people write is text on the page', async () => {
  const id = await openIncident('chatwoot');
  const { rows } = await pool.query<{ seen: string }>('SELECT max(id) AS seen FROM status_updates');
  const fields = {
    seen: rows[0]!.seen,
    title: HOSTILE,
    text: HOSTILE,
    state: 'identified',
    'affects-1': 'major_outage',
    channel: 'banner',
  };
  expect((await send('responder', `/incidents/${id}/update`, fields)).status).toBe(303);
  const component = [
    ...Object.entries({
      do: 'component',
      component: '1',
      version: '1',
      name: HOSTILE.slice(0, 60),
      about: HOSTILE,
      position: '1',
    }),
    ['health', 'chatwoot'],
  ] as [string, string][];
  expect((await send('admin', '/status-page', component)).status).toBe(303);
  await shows('&lt;script&gt;');
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('dialog', (dialog) => void dialog.dismiss().then(() => problems.push('a dialog')));
  for (const address of ['/status', '/status/history', '/status/incidents/1']) {
    await page.goto(app.url + address);
    expect(await page.title()).toContain('Hot Rodan');
    expect(await page.locator('img, script').count()).toBe(0);
  }
  expect(problems).toEqual([]);
  // As a shop shows it.
  const shop = await serve(
    () =>
      `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1><script async src="${app.url}/status/banner.js"></script></html>`,
  );
  await page.goto(shop.url);
  const banner = page.getByRole('status');
  await banner.waitFor();
  expect(await banner.innerText()).toContain('<script>');
  expect(await page.title()).toBe('Shop');
  await banner.getByRole('button', { name: 'Close' }).click();
  expect(await banner.count()).toBe(0);
  await shop.stop();
  await context.close();
}, 120_000);

test('a component that may publishes by itself: its outage, its recovery', async () => {
  const component: [string, string][] = [
    ...Object.entries({
      do: 'component',
      component: '3',
      version: '1',
      name: 'Answers',
      position: '3',
      minutes: '0',
    }),
    ['health', 'agent'],
  ] as [string, string][];
  expect((await send('admin', '/status-page', component)).status).toBe(303);
  await agent.setMode('down');
  await shows('Answers: not working');
  await shows('We are looking into it\\. Please write to help@example\\.com');
  await agent.setMode('ok');
  await shows('Answers: working again since');
  const told = await text('/api/v2/components.json');
  expect(told).toMatch(
    /"name":"Answers"[^}]*"status":"degraded_performance"|"status":"degraded_performance"[^}]*"name":"Answers"/,
  );
  const { rows } = await pool.query(
    `SELECT 1 FROM audit_log WHERE action = 'status.published' AND actor_id = 'system'`,
  );
  expect(rows.length).toBeGreaterThanOrEqual(2);
}, 120_000);

/** A web server of somebody else's. */
async function serve(page: (url: string) => string | Promise<string>) {
  const server = createServer((request, response) => {
    void Promise.resolve(page(request.url ?? '')).then(
      (body) => response.setHeader('Content-Type', 'text/html').end(body),
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What reaches beyond the right edge. */
const beyondEdge = (page: Page) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth,
    );
    return [
      `${scrollWidth} of ${clientWidth}`,
      ...wide.map(
        (element) =>
          `${element.tagName} ${element.getAttribute('class') ?? ''} ${element.getBoundingClientRect().right}`,
      ),
    ];
  });

test('axe finds nothing and nothing is beyond its edge, in light and dark, wide and narrow', async () => {
  const context: BrowserContext = await browser.newContext();
  const page = await context.newPage();
  for (const address of ['/status', '/status/history', '/status/incidents/1']) {
    await page.goto(app.url + address);
    // Its own policy lets the browser use its style.
    expect(
      await page
        .locator('.card')
        .first()
        .evaluate((card) => getComputedStyle(card).borderRadius),
    ).toBe('12px');
    for (const [device, colorScheme] of [
      [DESKTOP, 'light'],
      [PHONE, 'dark'],
      [PHONE, 'light'],
      [DESKTOP, 'dark'],
    ] as const) {
      await page.setViewportSize(device.viewport);
      await page.emulateMedia({ colorScheme });
      expect([address, colorScheme, await violationsOf(page)]).toEqual([address, colorScheme, []]);
      expect([address, await beyondEdge(page)]).toEqual([address, []]);
    }
  }
  await context.close();
}, 180_000);

test('a copy of it is a folder of files, written after each change and by command', async () => {
  await until('it was exported', async () =>
    (await readFile(path.join(exportDir, 'status/index.html'), 'utf8')).includes('Answers'),
  );
  const to = await mkdtemp(path.join(os.tmpdir(), 'status-copy-'));
  const done = await runToEnd(['app/cli/export-status.ts', '--to', to], env);
  expect([done.code, done.output]).toEqual([0, expect.stringContaining('files in')]);
  expect((await readdir(path.join(to, 'api/v2'))).sort()).toEqual([
    'components.json',
    'incidents',
    'incidents.json',
    'scheduled-maintenances',
    'scheduled-maintenances.json',
    'status.json',
    'summary.json',
  ]);
  const server = await serve((url) => readFile(path.join(to, url, 'index.html'), 'utf8'));
  expect(await (await fetch(`${server.url}/status`)).text()).toContain('Hot Rodan');
  await server.stop();
  await rm(to, { recursive: true, force: true });
}, 60_000);

test('it stands while the database is away, also after kill -9, and says how old it is', async () => {
  await postgres.kill();
  await until('the app notices', async () => (await get('/readyz')).status === 503);
  expect(await text('/status')).toContain('Hot Rodan');
  await app.kill('SIGKILL');
  app = await startApp(env);
  await until('it listens', async () => (await get('/healthz')).status === 200, PATIENCE_MS);
  expect((await get('/readyz')).status).toBe(503);
  const answer = await get('/status');
  expect([answer.status, /As of <time datetime="2/.test(await answer.text())]).toEqual([200, true]);
  expect(JSON.parse(await text('/api/v2/summary.json'))).toMatchObject({ page: { name: 'Hot Rodan' } });
  await postgres.start();
  await app.ready();
}, 180_000);

test('STATUS_PAGE=off takes every address away', async () => {
  await app.kill('SIGTERM');
  app = await startApp({ ...env, STATUS_PAGE: 'off' });
  await app.ready();
  for (const address of [
    '/status',
    '/status/history',
    '/api/v2/summary.json',
    '/history.rss',
    '/status/badge.svg',
  ])
    expect([address, (await get(address)).status]).toEqual([address, 404]);
}, 120_000);
