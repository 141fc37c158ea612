import { afterAll, beforeAll, expect, test } from 'vitest';
import { loader } from '../../app/routes/events.ts';
import { openTestAccess, type TestAccess } from '../support/sign-in.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { serveRoutes } from './route-server.ts';

let services: TestServices;
let access: TestAccess;
let headers: Record<string, string>;
let server: Awaited<ReturnType<typeof serveRoutes>>;

beforeAll(async () => {
  services = await createTestServices();
  access = openTestAccess(services);
  headers = { Cookie: await access.signIn('viewer') };
  server = await serveRoutes({ events: { loader } }, access.context);
});
afterAll(async () => {
  await server.stop();
  access.stop();
  await services.close();
});

/** A browser's side of the stream: everything received so far, as events. */
async function listen() {
  const abort = new AbortController();
  const response = await fetch(`${server.url}/events`, { headers, signal: abort.signal });
  let text = '';
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      text += decoder.decode(chunk, { stream: true });
  })().catch(() => undefined);
  return {
    response,
    text: () => text,
    events: (name: string) =>
      [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)]
        .filter(([, event]) => event === name)
        .map(([, , data]) => data!),
    async leave() {
      abort.abort();
      await reading;
    },
  };
}

test('tells of changes as they happen, in this process and in others, and never what changed', async () => {
  const page = await listen();
  expect(page.response.status).toBe(200);
  expect(page.response.headers.get('Content-Type')).toMatch(/^text\/event-stream/);
  expect(page.response.headers.get('Cache-Control')).toBe('no-store');
  expect(page.response.headers.get('X-Accel-Buffering')).toBe('no');
  expect(page.response.headers.get('Content-Encoding')).toBeNull();
  await until(
    'the stream begins',
    () => page.text().startsWith('retry: 1000\n\n') && page.events('beat').length === 1,
  );

  services.changes.announce('page');
  await until('the change is told', () => page.events('change').length === 1);
  const other = await createTestServices({ DATABASE_URL: services.databaseUrl });
  // Until the other one is heard: a notice sent before LISTEN stands is nobody's.
  await until('a change in another process is told', () => {
    other.changes.announce('page');
    return page.events('change').length >= 2;
  });
  await other.close();

  for (const data of [...page.events('change'), ...page.events('beat')]) {
    expect(Object.keys(JSON.parse(data) as object)).toEqual(['at']);
  }
  await page.leave();
});

test('a burst of changes becomes a few events, at least 300 ms apart, the last of them told', async () => {
  const page = await listen();
  await until('the stream begins', () => page.events('beat').length === 1);
  const begin = Date.now();
  let last = begin;
  await until('a second of changes has passed', () => {
    services.changes.announce('page');
    last = Date.now();
    return last - begin > 1000;
  });
  const times = () =>
    page.events('change').map((data) => Date.parse((JSON.parse(data) as { at: string }).at));
  await until('the last change is told', () => times().at(-1)! >= last);
  const gaps = times()
    .slice(1)
    .map((at, index) => at - times()[index]!);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(295);
  await page.leave();
});

test('an alarm is told at once and by itself, right after a change too', async () => {
  const page = await listen();
  await until('the stream begins', () => page.events('beat').length === 1);
  services.changes.announce('page');
  services.changes.announce('page');
  services.changes.announce('alarm');
  await until('the alarm is told', () => page.events('alarm').length === 1);
  expect(page.events('change').length).toBeLessThanOrEqual(1);
  await page.leave();
});

test('work that is no change of the page is not told', async () => {
  const page = await listen();
  await until('the stream begins', () => page.events('beat').length === 1);
  services.changes.announce('work');
  services.changes.announce('page');
  await until('the change is told', () => page.events('change').length > 0);
  expect(page.events('change')).toHaveLength(1);
  await page.leave();
});

test('forgets a page that has gone', async () => {
  await until('earlier pages are gone', () => services.changes.listening('page') === 0);
  const pages = await Promise.all([listen(), listen(), listen()]);
  await until('all are listening', () => services.changes.listening('page') === 3);
  for (const page of pages) await page.leave();
  await until('none is listening', () => services.changes.listening('page') === 0);
});

test('beats while nothing happens', async () => {
  const page = await listen();
  await until('a second beat', () => page.events('beat').length === 2);
  const [first, second] = page
    .events('beat')
    .map((data) => Date.parse((JSON.parse(data) as { at: string }).at));
  expect(second! - first!).toBeGreaterThan(4000);
  await page.leave();
});

test('beyond its limit it refuses instead of drowning', async () => {
  const stops = Array.from({ length: 1000 }, () => services.changes.on('page', () => undefined));
  const response = await fetch(`${server.url}/events`, { headers });
  expect(response.status).toBe(503);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  for (const stop of stops) stop();
});
