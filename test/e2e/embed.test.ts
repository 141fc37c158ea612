import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exampleMessageBody } from '../support/examples.ts';
import { readConversationDrafts } from '../../app/features/delivery/read-queue.server.ts';
import { violationsOf } from '../support/accessibility.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/browser.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, signInOver, useCookies as giveCookies } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

/**
 * The page inside Chatwoot, framed as Chatwoot frames it: on another site, told of the conversation by `postMessage`, when it
 * is opened and when it is asked.
 */
let services: TestServices;
let app: AppProcess;
let browser: Browser;
const servers: Server[] = [];
let chatwoot: string;
let stranger: string;

/** A site of its own for the browser: `localhost` is another one than `127.0.0.1`. */
async function serve(page: (path: string) => string): Promise<string> {
  const server = createServer((request, response) => {
    const isPage = request.url!.startsWith('/page');
    response.writeHead(isPage ? 200 : 404, { 'Content-Type': isPage ? 'text/html' : 'application/json' });
    response.end(isPage ? page(request.url!) : '{}');
  }).listen(0, 'localhost');
  await once(server, 'listening');
  servers.push(server);
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

const told = (conversation: number) =>
  `JSON.stringify({ event: 'appContext', data: { conversation: { id: ${conversation} }, contact: {}, currentAgent: {} } })`;

/** What Chatwoot 4.15 does; with `silent` it tells nothing, and a frame of another site tries to. */
const chatwootPage = (path: string) => `<!doctype html><html lang="en"><title>Chatwoot</title>
<main><h1>A conversation</h1><iframe id="app" title="Outage Center" src="${app.url}/embed" width="700" height="600"></iframe></main>
${path.includes('silent') ? `<iframe title="other" src="${stranger}/page-speaks"></iframe>` : ''}
<script>
  const frame = document.getElementById('app');
  const tell = () => frame.contentWindow.postMessage(${told(41)}, '*');
  if (!${path.includes('silent')}) {
    frame.addEventListener('load', tell);
    addEventListener('message', ({ data }) => data === 'chatwoot-dashboard-app:fetch-info' && tell());
  }
</script></html>`;
const strangersPage = (path: string) =>
  path.includes('speaks')
    ? `<script>var said = 0; setInterval(() => { parent.frames[0].postMessage(${told(41)}, '*'); said += 1; }, 50)</script>`
    : `<iframe id="app" src="${app.url}/embed"></iframe>`;

beforeAll(async () => {
  services = await createTestServices();
  chatwoot = await serve(chatwootPage);
  stranger = await serve(strangersPage);
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: chatwoot,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
    // Nothing of its own happens meanwhile.
    HEALTH_CHECK_INTERVAL: '1h',
  });
  await app.ready();
  const written = await fetch(`${app.url}/api/webhooks/chatwoot`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: exampleMessageBody({ conversationId: 41, messageId: 900, content: 'Where is my parcel?' }),
  });
  expect(written.status).toBe(200);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.kill('SIGTERM');
  for (const server of servers) server.close();
  await services?.close();
});

async function openIncident(cookies: string): Promise<number> {
  const answer = await fetch(`${app.url}/api/incidents`, {
    method: 'POST',
    headers: { Cookie: cookies, Accept: 'application/json' },
    body: new URLSearchParams({ title: 'Drafts are missing', reason: 'seen', severity: 'P0' }),
  });
  return ((await answer.json()) as { incidentId: number }).incidentId;
}

/** Signs the frame of a page in with a code from another tab. @returns the code */
async function signFrameIn(context: BrowserContext, page: Page): Promise<string> {
  const frame = page.frameLocator('#app');
  await frame.getByRole('link', { name: 'get a code' }).waitFor();
  const tab = await context.newPage();
  await tab.goto(`${app.url}/embed/code`);
  const code = await tab.getByLabel('Code').inputValue();
  await tab.close();
  await frame.getByLabel('Code').fill(code);
  await frame.getByRole('button', { name: 'Sign in' }).click();
  await frame.getByText(/^Waits since/).waitFor();
  return code;
}

async function agentsBrowser(role: 'viewer' | 'responder') {
  const cookies = await signInOver(app.url, await addPerson(services.databaseUrl, role, `A ${role}`));
  const context = await browser.newContext(DESKTOP);
  await giveCookies(context, app.url, cookies);
  const page = await context.newPage();
  await page.goto(`${chatwoot}/page`);
  return { cookies, context, page, frame: page.frameLocator('#app') };
}

test('signed in once in a browser, it tells of the conversation, and its incident is taken there', async () => {
  const { cookies, context, page, frame } = await agentsBrowser('responder');
  const incident = await openIncident(cookies);
  const code = await signFrameIn(context, page);
  expect(await frame.getByText(/^Waits since .*, (was )?due by /).count()).toBe(1);
  await frame.getByText(/AI draft is (held|on the way) since|gets no draft/).waitFor();
  await frame.getByText(/Drafts are missing. Nobody is on it yet./).waitFor();
  for (const { viewport } of [DESKTOP, PHONE]) {
    await page.setViewportSize(viewport);
    expect(await violationsOf(page)).toEqual([]);
  }
  await frame.getByRole('button', { name: 'Take the incident' }).click();
  await frame.getByText('A responder is on it.').waitFor();
  const read = await services.db.prisma.incident.findUniqueOrThrow({ where: { id: incident } });
  expect(read.acknowledgedBy).toBe('A responder');

  // The next time nothing is asked for; the code works once.
  await page.reload();
  await frame.getByText(/^Waits since/).waitFor();
  // However it is written.
  for (const written of [code, ` ${code}`, code.replace(/^(.{9})/, '$1\n'), `${code}=`, `${code}*`]) {
    const body = new URLSearchParams({ code: written });
    const again = await fetch(`${app.url}/embed`, { method: 'POST', body });
    expect(again.status, JSON.stringify(written)).toBe(400);
  }

  // The frame's session is the person's: signing out ends both.
  const form = { method: 'POST', headers: { Cookie: cookies }, body: new URLSearchParams() };
  await fetch(`${app.url}/sign-out`, { ...form, redirect: 'manual' });
  await page.reload();
  await frame.getByRole('link', { name: 'get a code' }).waitFor();
  await context.close();
});

/** What Chatwoot does when another conversation is opened, or this one once more. */
const openConversation = (page: Page, id: number) =>
  page.evaluate(
    (data) => document.querySelector<HTMLIFrameElement>('#app')!.contentWindow!.postMessage(data, '*'),
    JSON.stringify({ event: 'appContext', data: { conversation: { id } } }),
  );
const answerOf = (page: Page, id: number) =>
  page.waitForResponse((answer) => answer.url().endsWith(`/embed/conversation?id=${id}`));

test('beside another conversation nothing of the one before stands, whatever the answers do', async () => {
  const { context, page, frame } = await agentsBrowser('viewer');
  await signFrameIn(context, page);
  // Of what nothing was heard it says so.
  await openConversation(page, 77);
  await frame.getByText('Not known yet whether somebody waits here.').waitFor();
  expect(await frame.getByText(/^Waits since|Nobody waits/).count()).toBe(0);

  // No answer, one that is not ours, and a refusal are each said.
  await openConversation(page, 41);
  await frame.getByText(/^Waits since/).waitFor();
  await page.route('**/embed/conversation?id=50', (route) => route.abort());
  await openConversation(page, 50);
  await frame.getByText('Outage Center does not answer.', { exact: true }).waitFor();
  expect(await frame.locator('#shown').isVisible()).toBe(false);
  await page.route('**/embed/conversation?id=51', (route) => route.fulfill({ status: 502, body: '<html>' }));
  await openConversation(page, 51);
  await frame.getByText('Outage Center answered with an error (502).', { exact: true }).waitFor();
  expect(await frame.locator('#shown').isVisible()).toBe(false);

  // An answer that comes late is another customer's.
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const asked = page.waitForRequest(/conversation\?id=52$/);
  const ended = page.waitForEvent('requestfailed', (one) => one.url().endsWith('id=52'));
  await page.route('**/embed/conversation?id=52', async (route) => {
    await held;
    await route.fulfill({ status: 502, body: '<html>' }).catch(() => {});
  });
  await openConversation(page, 52);
  await asked;
  await openConversation(page, 41);
  await ended;
  await frame.getByText(/^Waits since/).waitFor();
  letGo();
  expect(await frame.getByRole('alert').isVisible()).toBe(false);
  await context.close();
});

test('what is read again and is the same is not written again', async () => {
  const { context, page, frame } = await agentsBrowser('viewer');
  await signFrameIn(context, page);
  const inFrame = page.frames().find((one) => one.url().endsWith('/embed'))!;
  await inFrame.evaluate(`writes = 0; new MutationObserver((all) => { writes += all.length; })
    .observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true })`);
  // Each read is rendered before the next is asked for.
  for (let n = 0; n < 3; n += 1) {
    const answered = answerOf(page, 41);
    await openConversation(page, 41);
    await (await answered).finished();
  }
  await openConversation(page, 77);
  await frame.getByText('Not known yet').waitFor();
  // The one list that differs: its old line goes, its new one comes.
  expect(await inFrame.evaluate('writes')).toBeLessThanOrEqual(4);
  expect(await frame.locator('[aria-live]').evaluateAll((all) => all.map(({ id }) => id))).toEqual(['line']);
  await context.close();
});

test("drafts are of customers' messages; a colleague's own answer gets none", async () => {
  const open = () => readConversationDrafts(services.db.pool, '2:60');
  await insertEvents(services, { conversation: 60, signal: 'agent_reply' });
  expect(await open()).toMatchObject({ open: 0, given: 0 });
  await insertEvents(services, { conversation: 60 });
  expect(await open()).toMatchObject({ open: 0, given: 1 });
});

test('the page of the code is accessible, wide and on a phone, in both themes', async () => {
  const cookies = await signInOver(app.url, await addPerson(services.databaseUrl, 'responder', 'Ida'));
  for (const device of [DESKTOP, PHONE])
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ ...device, colorScheme });
      await giveCookies(context, app.url, cookies);
      const page = await context.newPage();
      await page.goto(`${app.url}/embed/code`);
      expect(await page.getByLabel('Code').inputValue()).not.toBe('');
      expect(await violationsOf(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      await context.close();
    }
});

test('while people answer by hand it has the text to send, with a button to copy it', async () => {
  const { cookies, context, page, frame } = await agentsBrowser('responder');
  const fields = new URLSearchParams({ to: 'on', reason: 'a test' });
  const headers = { Cookie: cookies, Accept: 'application/json' };
  expect(
    (await fetch(`${app.url}/api/fallback/toggle`, { method: 'POST', headers, body: fields })).status,
  ).toBe(200);
  await signFrameIn(context, page);
  await frame.getByText('No drafts: answer by hand.').waitFor();
  await frame.getByText(/If it is urgent, write to/).waitFor();
  await frame.getByRole('button', { name: 'Copy' }).click();
  await until('it says so', async () =>
    /Copied|Selected/.test((await frame.locator('#copy').textContent()) ?? ''),
  );
  expect(await frame.getByRole('link', { name: 'Fallback mode' }).getAttribute('href')).toBe('/fallback');
  await context.close();
});

test('a viewer reads it and has no button', async () => {
  const { context, page, frame } = await agentsBrowser('viewer');
  await signFrameIn(context, page);
  expect(await frame.getByRole('button', { name: 'Take the incident' }).isVisible()).toBe(false);
  expect(await frame.getByRole('link', { name: 'Fallback mode' }).isVisible()).toBe(false);
  await context.close();
});

test('no other site frames it, and what another site says is not read', async () => {
  const { context, page, frame } = await agentsBrowser('viewer');
  await signFrameIn(context, page);
  await page.goto(`${chatwoot}/page-silent`);
  await frame.getByText('Open a conversation in Chatwoot').waitFor();
  const other = () => page.frames().find((one) => one.url().includes('speaks'));
  await until('it has been told ten times', async () => Number(await other()?.evaluate('said')) > 10);
  expect(await frame.getByText(/^Waits since/).isVisible()).toBe(false);
  await page.goto(`${stranger}/page`);
  await until(
    'the frame was refused',
    () => page.frames().length === 2 && !page.frames()[1]!.url().includes('/embed'),
  );
  const policy = (await fetch(`${app.url}/embed`)).headers;
  expect(policy.get('Content-Security-Policy')).toContain(`frame-ancestors ${chatwoot}`);
  expect(policy.get('X-Frame-Options')).toBeNull();
  // The page of the code, and all others, are framed by nobody.
  for (const where of ['/embed/code', '/']) {
    const { headers } = await fetch(app.url + where, { redirect: 'manual' });
    expect(headers.get('Content-Security-Policy'), where).toContain("frame-ancestors 'none'");
    expect(headers.get('X-Frame-Options'), where).toBe('DENY');
  }
  await context.close();
});
