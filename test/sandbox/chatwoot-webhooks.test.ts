import { createHmac } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { startChatwoot, type Chatwoot, type ChatwootOptions } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { SUBSCRIBABLE_EVENTS } from '../../app/sandbox/chatwoot/webhooks/webhook-sender.ts';
import { startReceiver, type Receiver } from './receiver.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
});

async function connect(status: number | null, options: ChatwootOptions = {}) {
  const receiver = await startReceiver(status);
  const chatwoot = await startChatwoot(options);
  open.push(receiver, chatwoot);
  await call(chatwoot, 'POST', '/webhooks', { url: receiver.url, subscriptions: SUBSCRIBABLE_EVENTS });
  return { receiver, chatwoot };
}

async function call(chatwoot: Chatwoot, method: string, path: string, body?: unknown) {
  const response = await fetch(`${chatwoot.url}/api/v1/accounts/${chatwoot.accountId}${path}`, {
    method,
    headers: { api_access_token: chatwoot.apiToken, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as unknown;
}

const eventsOf = (receiver: Receiver) =>
  receiver.got.map(({ body }) => (JSON.parse(body) as { event: string }).event);

test('each webhook is signed with the secret that the API gave', async () => {
  const { receiver, chatwoot } = await connect(200);
  const listed = await call(chatwoot, 'GET', '/webhooks');
  const { webhooks } = (listed as { payload: { webhooks: { secret: string }[] } }).payload;
  chatwoot.traffic.emit(1);
  await chatwoot.webhooks.idle();
  expect(receiver.got.length).toBeGreaterThanOrEqual(3);
  for (const { headers, body } of receiver.got) {
    const timestamp = headers['x-chatwoot-timestamp'] as string;
    const expected = createHmac('sha256', webhooks[0]!.secret).update(`${timestamp}.${body}`).digest('hex');
    expect(headers['x-chatwoot-signature']).toBe(`sha256=${expected}`);
    expect(headers['x-chatwoot-delivery']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);
    expect(headers).toMatchObject({ 'content-type': 'application/json', accept: 'application/json' });
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
  }
});

test("a customer's first message makes 4 or 5 webhooks, each with its own delivery id", async () => {
  const { receiver, chatwoot } = await connect(200, { webhookConcurrency: 1 });
  chatwoot.traffic.emit(1);
  await chatwoot.webhooks.idle();
  expect(eventsOf(receiver).slice(0, 4)).toEqual([
    'conversation_created',
    'message_created',
    'contact_updated',
    'conversation_updated',
  ]);
  const ids = receiver.got.map(({ headers }) => headers['x-chatwoot-delivery']);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a day of traffic has answers and resolved conversations in it', async () => {
  const { receiver, chatwoot } = await connect(200);
  chatwoot.traffic.emit(120);
  await chatwoot.webhooks.idle();
  expect(new Set(eventsOf(receiver))).toEqual(
    new Set([
      'conversation_created',
      'conversation_updated',
      'conversation_status_changed',
      'message_created',
      'contact_updated',
    ]),
  );
  expect(chatwoot.webhooks.counts()).toEqual({
    sent: receiver.got.length,
    acknowledged: receiver.got.length,
    failed: 0,
    waiting: 0,
  });
});

test('a webhook that is answered 503 is sent once and never again', async () => {
  const { receiver, chatwoot } = await connect(503);
  chatwoot.traffic.emit(1);
  await chatwoot.webhooks.idle();
  const { sent, failed, acknowledged } = chatwoot.webhooks.counts();
  expect({ failed, acknowledged }).toEqual({ failed: sent, acknowledged: 0 });
  expect(receiver.got.length).toBe(sent);
  expect(chatwoot.webhooks.log[0]).toMatchObject({ acknowledged: false, status: 503, reason: 'HTTP 503' });
});

test('a redirect is no acknowledgement', async () => {
  const { chatwoot } = await connect(302);
  chatwoot.traffic.emit(1);
  await chatwoot.webhooks.idle();
  expect(chatwoot.webhooks.counts().acknowledged).toBe(0);
});

test('a receiver that does not answer in time has lost the webhook', async () => {
  const { receiver, chatwoot } = await connect(null, { webhookTimeoutMs: 80 });
  chatwoot.traffic.emit(1);
  await chatwoot.webhooks.idle();
  expect(chatwoot.webhooks.log.every(({ reason }) => reason === 'timeout')).toBe(true);
  expect(receiver.got.length).toBe(chatwoot.webhooks.counts().failed);
});

test('a receiver that is down has lost the webhook, with the reason in the log', async () => {
  const { receiver, chatwoot } = await connect(200);
  await receiver.stop();
  chatwoot.traffic.emit(1);
  await chatwoot.webhooks.idle();
  expect(chatwoot.webhooks.log[0]).toMatchObject({ acknowledged: false, reason: 'ECONNREFUSED' });
});

test('only subscribed events are sent', async () => {
  const receiver = await startReceiver();
  const chatwoot = await startChatwoot();
  open.push(receiver, chatwoot);
  const subscriptions = ['message_created'];
  await call(chatwoot, 'POST', '/webhooks', { url: receiver.url, subscriptions });
  chatwoot.traffic.emit(3);
  await chatwoot.webhooks.idle();
  expect(new Set(eventsOf(receiver))).toEqual(new Set(subscriptions));
});

test('a message posted over the API comes back as a webhook, a public one ends the waiting', async () => {
  const { receiver, chatwoot } = await connect(200, { webhookConcurrency: 1 });
  const conversation = chatwoot.store.startConversation();
  const path = `/conversations/${conversation.id}/messages`;
  await call(chatwoot, 'POST', path, { content: 'VIP <3', private: true });
  await call(chatwoot, 'POST', path, { content: 'On its way' });
  await chatwoot.webhooks.idle();
  expect(eventsOf(receiver)).toEqual([
    'conversation_created',
    'message_created',
    'message_created',
    'conversation_updated',
  ]);
  const [, note, reply, update] = receiver.got.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  expect(note).toMatchObject({ private: true, content: 'VIP <3', sender: { type: 'user' } });
  expect(note).toMatchObject({ conversation: { first_reply_created_at: null } });
  expect(reply).toMatchObject({ private: false, message_type: 'outgoing' });
  expect(update).toMatchObject({ waiting_since: 0, first_reply_created_at: expect.any(String) as string });
});
