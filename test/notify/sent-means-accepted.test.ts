import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
  world = await createNotifyWorld({
    SLACK_WEBHOOK_URL: url,
    PAGERDUTY_EVENTS_URL: url,
    NOTIFY_WEBHOOK_URL: url,
    TEAMS_WEBHOOK_URL: url,
    DISCORD_WEBHOOK_URL: url,
    TELEGRAM_API_URL: new URL(url).origin,
    TELEGRAM_BOT_TOKEN: '1234567:abcdefghijklmnopqrstuvwxyz',
    TELEGRAM_CHAT_ID: '42',
    NTFY_URL: `${url}/topic`,
  });
});
afterAll(async () => {
  await world.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  asked = 0;
  await world.clear();
});

const PAGE = '<!DOCTYPE html><html><title>Sign in</title></html>';
const json = (value: unknown) => JSON.stringify(value);
const TAKEN = {
  slack: { status: 200, body: 'ok' },
  teams: { status: 202, body: '' },
  discord: { status: 200, body: json({ id: '1' }) },
  telegram: { status: 200, body: json({ ok: true }) },
  ntfy: { status: 200, body: json({ id: '1', event: 'message' }) },
};

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
  ['teams', 202, '', 'accepted'],
  ['teams', 200, '', 'failed'],
  ['teams', 200, '1', 'failed'],
  ['teams', 202, json({ error: { code: 'WorkflowNotFound' } }), 'failed'],
  ['teams', 202, PAGE, 'failed'],
  ['teams', 502, '', 'queued'],
  ['discord', 200, json({ id: '12', type: 0 }), 'accepted'],
  ['discord', 204, '', 'accepted'],
  ['discord', 200, '', 'failed'],
  ['discord', 200, PAGE, 'failed'],
  ['discord', 200, json({ code: 10_015, message: 'Unknown Webhook' }), 'failed'],
  ['discord', 404, json({ code: 10_015, message: 'Unknown Webhook' }), 'failed'],
  ['telegram', 200, json({ ok: true, result: { message_id: 1 } }), 'accepted'],
  ['telegram', 200, '', 'failed'],
  ['telegram', 200, json({ ok: 'true' }), 'failed'],
  ['telegram', 200, json({ ok: false, error_code: 400, description: 'chat not found' }), 'failed'],
  ['telegram', 200, json({ ok: false, error_code: 502 }), 'queued'],
  ['telegram', 403, json({ ok: false, error_code: 403, description: 'bot was blocked' }), 'failed'],
  ['ntfy', 200, json({ id: 'abc', event: 'message', topic: 'topic' }), 'accepted'],
  ['ntfy', 200, json({ id: 'abc', event: 'keepalive' }), 'failed'],
  ['ntfy', 200, 'ok', 'failed'],
  ['ntfy', 200, PAGE, 'failed'],
  ['ntfy', 403, json({ code: 40_301, http: 403, error: 'forbidden' }), 'failed'],
  ['ntfy', 429, json({ code: 42_901, http: 429 }), 'queued'],
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
  ['slack', 'seconds with decimals', { status: 429, body: '', headers: { 'Retry-After': '90.5' } }, 90.5],
  [
    'slack',
    'a date, by the clock of who named it',
    {
      status: 503,
      body: '',
      headers: { Date: 'Mon, 23 Nov 2026 09:00:00 GMT', 'Retry-After': 'Mon, 23 Nov 2026 09:01:15 GMT' },
    },
    75,
  ],
  [
    'slack',
    "Slack's JSON",
    { status: 429, body: json({ ok: false, error: 'rate_limited', retry_after: 120 }) },
    120,
  ],
  ['slack', "Slack's JSON with 200", { status: 200, body: json({ ok: false, retry_after: 33.25 }) }, 33.25],
  ['teams', 'the header', { status: 429, body: '', headers: { 'Retry-After': '17' } }, 17],
  [
    'discord',
    'its JSON',
    {
      status: 429,
      body: json({ message: 'You are being rate limited.', retry_after: 64.57, global: false }),
    },
    64.57,
  ],
  [
    'discord',
    'its own header',
    { status: 429, body: '', headers: { 'X-RateLimit-Reset-After': '12.5' } },
    12.5,
  ],
  [
    'telegram',
    'its parameters',
    { status: 429, body: json({ ok: false, error_code: 429, parameters: { retry_after: 35 } }) },
    35,
  ],
  [
    'ntfy',
    'the header',
    { status: 429, body: json({ code: 42_901, http: 429 }), headers: { 'Retry-After': '9' } },
    9,
  ],
  [
    'slack',
    'the longer one of both',
    { status: 429, body: json({ retry_after: 45 }), headers: { 'Retry-After': '1.5' } },
    45,
  ],
] as const)('the wait of %s is honoured: %s', async (kind, _form, says, seconds) => {
  answer = says;
  await world.queue(START, { dedupeKey: 'a', channel: { kind, of: 'environment' } });
  await world.drain(START);
  const [row] = await world.rows();
  expect(row).toMatchObject({ state: 'queued', attempts: 1 });
  // What the try itself took comes on top.
  const waits = (row!.dueAt.getTime() - START.getTime()) / 1000;
  expect(waits).toBeGreaterThanOrEqual(seconds);
  expect(waits).toBeLessThan(seconds + 8);
  await world.drain(after(seconds - 0.1));
  expect(asked).toBe(1);
  answer = TAKEN[kind];
  await world.drain(row!.dueAt);
  expect((await world.rows())[0]).toMatchObject({ state: 'accepted' });
});
