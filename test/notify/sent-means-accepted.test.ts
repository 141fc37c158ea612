import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { after, createNotifyWorld, START, type NotifyWorld } from './notify-world.ts';

/** A service that answers whatever the test says, and counts. */
let server: Server;
let url: string;
let answer: { status: number; body: string; headers?: Record<string, string> };
let asked = 0;
let world: NotifyWorld;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    request.resume().on('end', () => {
      response.writeHead(answer.status, answer.headers);
      response.end(answer.body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  asked = 0;
  world = await createNotifyWorld({
    SLACK_WEBHOOK_URL: url,
    PAGERDUTY_EVENTS_URL: url,
    NOTIFY_WEBHOOK_URL: url,
  });
});
afterEach(() => world.close());

const PAGE = '<!DOCTYPE html><html><title>Sign in</title></html>';
const json = (value: unknown) => JSON.stringify(value);

test.each([
  ['slack', 200, 'ok', 'accepted'],
  ['slack', 200, ' OK\n', 'accepted'],
  ['slack', 200, json({ ok: true }), 'accepted'],
  ['slack', 200, json({ success: true }), 'accepted'],
  ['slack', 200, json({ ok: false, error: 'channel_is_archived' }), 'failed'],
  ['slack', 200, PAGE, 'failed'],
  ['slack', 200, '', 'failed'],
  ['slack', 204, '', 'failed'],
  ['slack', 200, '[]', 'failed'],
  ['slack', 200, 'no_service', 'failed'],
  ['slack', 200, json({ ok: false, error: 'internal_error' }), 'queued'],
  ['pagerduty', 202, json({ status: 'success', message: 'Event processed' }), 'accepted'],
  ['pagerduty', 200, PAGE, 'failed'],
  ['pagerduty', 202, json({ status: 'invalid event' }), 'failed'],
  ['pagerduty', 202, json({ message: 'success' }), 'failed'],
  ['pagerduty', 202, '', 'failed'],
  ['pagerduty', 202, json({ status: 'throttle exceeded' }), 'queued'],
  ['pagerduty', 429, json({ status: 'throttle exceeded' }), 'queued'],
  ['webhook', 200, 'thank you', 'accepted'],
  ['webhook', 204, '', 'accepted'],
  ['webhook', 200, json({ ok: true, n: 1 }), 'accepted'],
  ['webhook', 200, PAGE, 'failed'],
  ['webhook', 200, `\n <html lang="en">`, 'failed'],
  [
    'webhook',
    200,
    `<?xml version="1.0"?>\n<!-- a proxy's -->\n<!-- own -->\n<!DOCTYPE html PUBLIC "x">`,
    'failed',
  ],
  ['webhook', 200, '<meta http-equiv="refresh" content="0;url=/login">', 'failed'],
  ['webhook', 200, '<?xml version="1.0"?><response>ok</response>', 'accepted'],
  ['webhook', 200, json({ success: false, reason: 'no such room' }), 'failed'],
  ['webhook', 200, json({ ok: 'false' }), 'failed'],
  ['webhook', 200, json({ error: { code: 'not_found' } }), 'failed'],
  ['webhook', 200, json({ errors: ['no such room'] }), 'failed'],
  ['webhook', 200, json({ error: null, errors: [], status: 'received' }), 'accepted'],
  ['webhook', 200, json({ status: 'error' }), 'failed'],
  ['webhook', 200, json({ padding: 'x'.repeat(6000), success: false }), 'failed'],
  ['webhook', 200, 'Webhook message delivery failed with error: HTTP error 429', 'failed'],
  ['slack', 200, json({ padding: 'x'.repeat(6000), ok: true }), 'accepted'],
  ['webhook', 302, '', 'failed'],
] as const)('%s that answers %i %s has %s it', async (kind, status, body, state) => {
  answer = { status, body };
  await world.queue(START, {
    dedupeKey: 'a',
    channel: { kind, of: 'environment' },
    fallbacks: [{ kind: 'email', of: 'environment' }],
  });
  await world.run(0, 1);
  const [first, next] = await world.rows();
  expect(first).toMatchObject({ state });
  expect(asked).toBe(1);
  if (state !== 'failed') return;
  // It is not asked again; whoever is to be told is told otherwise, and it says why.
  expect(next).toMatchObject({ state: 'accepted' });
  expect(world.stubs.email.received).toHaveLength(1);
  expect(first!.answer).toContain(String(status));
  if (status < 300) expect(first!.answer).toMatch(/^It did not say that it took it: /);
  expect(first!.answer).not.toContain('<');
});

test.each([
  ['seconds with decimals', { status: 429, body: '', headers: { 'Retry-After': '90.5' } }, 90.5],
  [
    'a date, by the clock of who named it',
    {
      status: 503,
      body: '',
      headers: { Date: 'Mon, 23 Nov 2026 09:00:00 GMT', 'Retry-After': 'Mon, 23 Nov 2026 09:01:15 GMT' },
    },
    75,
  ],
  ["Slack's JSON", { status: 429, body: json({ ok: false, error: 'rate_limited', retry_after: 120 }) }, 120],
  ["Slack's JSON with 200", { status: 200, body: json({ ok: false, retry_after: 33.25 }) }, 33.25],
  [
    'the longer one of both',
    { status: 429, body: json({ retry_after: 45 }), headers: { 'Retry-After': '1.5' } },
    45,
  ],
] as const)('the wait is honoured: %s', async (_form, says, seconds) => {
  answer = says;
  await world.queue(START, { dedupeKey: 'a', channel: { kind: 'slack', of: 'environment' } });
  await world.drain(START);
  const [row] = await world.rows();
  expect(row).toMatchObject({ state: 'queued', attempts: 1 });
  // What the try itself took comes on top.
  const waits = (row!.dueAt.getTime() - START.getTime()) / 1000;
  expect(waits).toBeGreaterThanOrEqual(seconds);
  expect(waits).toBeLessThan(seconds + 8);
  await world.drain(after(seconds - 0.1));
  expect(asked).toBe(1);
  answer = { status: 200, body: 'ok' };
  await world.drain(row!.dueAt);
  expect((await world.rows())[0]).toMatchObject({ state: 'accepted' });
});
