import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE, rested } from '../support/browser.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { signInAs, useCookies as giveCookies } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { startPushService } from './push-service.ts';

let services: TestServices;
let pushes: Awaited<ReturnType<typeof startPushService>>;
let app: AppProcess;
let browser: Browser;

beforeAll(async () => {
  [services, pushes, browser] = await Promise.all([
    createTestServices(),
    startPushService(),
    launchBrowser(),
  ]);
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    OUTBOUND_LOOPBACK_ONLY: 'true',
    SUPPORT_FALLBACK_EMAIL: 'support@example.com',
  });
  await app.ready();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await app.kill('SIGTERM');
  await pushes.stop();
  await services.close();
});

/** Signed in, in a browser whose push service is the one of this test: a real one is on the internet. */
async function open(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  await context.grantPermissions(['notifications'], { origin: app.url });
  await giveCookies(context, app.url, await signInAs(app.url, services.databaseUrl, 'responder'));
  await context.exposeFunction('subscribeHere', (key: string) => pushes.subscribe(key).json);
  await context.addInitScript(() => {
    const here = globalThis as unknown as { subscribeHere(key: string): Promise<string> };
    let kept: unknown = null;
    const manager = globalThis.PushManager.prototype as unknown as Record<string, unknown>;
    manager.subscribe = async ({ applicationServerKey }: { applicationServerKey: Uint8Array }) => {
      const key = btoa(String.fromCharCode(...applicationServerKey));
      const json = JSON.parse(
        await here.subscribeHere(key.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')),
      ) as object;
      kept = { toJSON: () => json, unsubscribe: () => Promise.resolve(true) };
      return kept;
    };
    manager.getSubscription = () => Promise.resolve(kept);
    Object.defineProperty(Notification, 'permission', { get: () => 'granted' });
    Notification.requestPermission = () => Promise.resolve('granted');
  });
  const page = await context.newPage();
  await page.goto(`${app.url}/account`);
  return page;
}

test.each([
  ['on a wide screen in light', { ...DESKTOP, colorScheme: 'light' }],
  ['on a phone in dark', { ...PHONE, colorScheme: 'dark' }],
] as const)(
  '%s: a device is turned on, wakes for what was chosen, is tested, and taken off',
  async (name, options) => {
    const page = await open(options);
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) violations.push(message.text());
    });
    const section = page.locator('#devices');
    await section.getByRole('button', { name: 'Wake me on this device' }).click();
    await page.getByText('This device wakes you from now on.').waitFor();
    await section.getByText(/^Chrome on/).waitFor();
    await section.getByText('This device', { exact: true }).waitFor();
    expect(await section.getByLabel('P0').isChecked()).toBe(true);
    expect(await section.getByLabel('P2').isChecked()).toBe(false);
    expect(await violationsOf(page)).toEqual([]);

    await section.getByLabel('Only when the ladder calls me').check();
    await rested(page);
    await section.getByRole('button', { name: /^Keep/ }).click();
    await page.getByText('Kept for that device.').waitFor();
    await rested(page);
    await section.getByRole('button', { name: /^Send a test/ }).click();
    await section.getByText('Answer: 201').waitFor();
    expect(pushes.received.at(-1)!.payload).toMatchObject({
      path: '/account',
      acknowledge: null,
      calls: true,
    });
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );

    await rested(page);
    await section.getByRole('button', { name: /^Take off/ }).click();
    await page.getByText('The device is taken off.').waitFor();
    expect(pushes.problems).toEqual([]);
    expect(violations).toEqual([]);
    await page.context().close();
  },
);

interface WorkerScope extends EventTarget {
  PushEvent: new (type: string, init: { data: string }) => Event;
  registration: { showNotification(title: string, options: object): Promise<void> };
  clients: { openWindow(url: string): Promise<void> };
}

test('the worker shows what is pushed, and a tap opens the incident, of this app alone', async () => {
  const page = await open(DESKTOP);
  await page.evaluate(() => navigator.serviceWorker.register('/push-worker.js'));
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const worker = await until('the worker runs', () => page.context().serviceWorkers()[0]);
  const told = {
    title: '🔴 [P0] Incident 3 opened: Chatwoot does not answer',
    body: 'Customers cannot reach support.',
    tag: 'incident-3',
    path: '/incidents/3',
    acknowledge: '/acknowledge/1.x',
    calls: true,
  };
  // Without a screen this browser shows no notifications and opens no windows: what it was asked for is written down.
  const seen = await worker.evaluate(async (message) => {
    const scope = globalThis as unknown as WorkerScope;
    const shown: unknown[] = [];
    const opened: string[] = [];
    scope.registration.showNotification = (title, options) =>
      Promise.resolve(void shown.push({ title, ...options }));
    scope.clients.openWindow = (url) => Promise.resolve(void opened.push(url));
    const push = (data: object) =>
      scope.dispatchEvent(new scope.PushEvent('push', { data: JSON.stringify(data) }));
    push(message);
    push({ ...message, title: 'Acknowledged', acknowledge: null, calls: false });
    const tap = async (data: object, action = '') => {
      let done: Promise<unknown> | undefined;
      const event = Object.assign(new Event('notificationclick'), {
        ...{ action, notification: { data, close: () => undefined } },
        waitUntil: (work: Promise<unknown>) => (done = work),
      });
      scope.dispatchEvent(event);
      await done;
    };
    await tap({ path: message.path, acknowledge: message.acknowledge });
    await tap({ path: message.path, acknowledge: message.acknowledge }, 'acknowledge');
    await tap({ path: '//evil.example/x', acknowledge: null });
    return { shown, opened };
  }, told);
  expect(seen.shown).toMatchObject([
    {
      ...{ title: told.title, body: told.body, tag: told.tag, silent: false, renotify: true },
      actions: [{ action: 'acknowledge', title: 'Acknowledge' }, { action: 'open' }],
    },
    { title: 'Acknowledged', silent: true, renotify: false, actions: [] },
  ]);
  expect(seen.opened).toEqual([`${app.url}/incidents/3`, `${app.url}/acknowledge/1.x`, app.url]);
  // It answers for no page.
  expect(await page.evaluate(async () => (await caches.keys()).length)).toBe(0);
  await page.context().close();
});

test('the app can be installed: a manifest with icons, and nothing of it asks to sign in', async () => {
  const read = async (path: string) => fetch(`${app.url}${path}`);
  const manifest = (await (await read('/manifest.webmanifest')).json()) as { icons: { src: string }[] };
  for (const src of [...manifest.icons.map((icon) => icon.src), '/badge.png', '/apple-touch-icon.png']) {
    const icon = await read(src);
    expect([src, icon.status, icon.headers.get('content-type')]).toEqual([src, 200, 'image/png']);
  }
  const worker = await read('/push-worker.js');
  expect(worker.status).toBe(200);
  expect(worker.headers.get('content-type')).toMatch(/javascript/);
  expect(await (await read('/sign-in')).text()).toContain('rel="manifest"');
});
