import { afterEach, expect, test } from 'vitest';
import { call, request, simulate, type Simulated } from './simulated.ts';

let simulated: Simulated | undefined;
afterEach(() => simulated?.stop());

async function bodiesOf(version: string) {
  simulated = await simulate({ version });
  simulated.chatwoot.traffic.emit(6);
  await simulated.chatwoot.webhooks.idle();
  return simulated.receiver.got.map(({ headers, body }) => ({
    headers,
    body,
    payload: JSON.parse(body) as Record<string, unknown>,
  }));
}

test.each([
  ['3.16.0', { signed: false, updated: false, account: false, health: 404, agent: /^rest-client/ }],
  ['4.2.0', { signed: false, updated: true, account: false, health: 404, agent: /^rest-client/ }],
  ['4.11.0', { signed: false, updated: true, account: false, health: 200, agent: /^rest-client/ }],
  ['4.15.1', { signed: true, updated: true, account: true, health: 200, agent: /^Ruby$/ }],
])('%s sends what that release sends', async (version, expected) => {
  const got = await bodiesOf(version);
  const conversations = got.filter(({ payload }) => String(payload.event).startsWith('conversation_'));
  expect(conversations.length).toBeGreaterThan(0);
  for (const { headers, payload } of conversations) {
    expect('x-chatwoot-signature' in headers).toBe(expected.signed);
    expect('x-chatwoot-delivery' in headers).toBe(expected.signed);
    expect(headers['user-agent']).toMatch(expected.agent);
    expect('updated_at' in payload).toBe(expected.updated);
    expect('account' in payload).toBe(expected.account);
    expect('assignee_type' in (payload.meta as object)).toBe(version === '4.15.1' || version === '4.11.0');
  }
  const { chatwoot } = simulated!;
  expect((await request(chatwoot, 'GET', '/health')).status).toBe(expected.health);
  expect((await request(chatwoot, 'GET', '/api')).body).toMatchObject({ version });
  const { body } = await call(chatwoot, 'GET', '/webhooks');
  const [webhook] = (body as { payload: { webhooks: object[] } }).payload.webhooks;
  expect('secret' in webhook!).toBe(expected.signed);
});

test('a later release names who did it', async () => {
  const got = await bodiesOf('4.18.0');
  const message = got.find(({ payload }) => payload.event === 'message_created')!.payload;
  const { id } = message.sender as { id: number };
  expect(message.performed_by).toEqual({ type: 'contact', id });
  const created = got.find(({ payload }) => payload.event === 'conversation_created')!.payload;
  expect(created.performed_by).toBeNull();
});

test.each([
  ['3.16.0', 422],
  ['4.2.0', 200],
])('%s answers %i to a subscription to typing events', async (version, status) => {
  simulated = await simulate({ version });
  const wanted = { url: 'http://127.0.0.1:1/x', subscriptions: ['conversation_typing_on'] };
  expect((await call(simulated.chatwoot, 'POST', '/webhooks', wanted)).status).toBe(status);
});

test('its clock is its own: in the Date of each answer, in created_at and in the signature', async () => {
  const behind = -600_000;
  simulated = await simulate({ clockOffsetMs: behind });
  const { chatwoot, receiver } = simulated;
  const its = (at: number) => Math.abs(at - (Date.now() + behind)) < 60_000;
  chatwoot.traffic.emit(1);
  await chatwoot.webhooks.idle();
  const { headers, body } = receiver.got[0]!;
  const { created_at } = JSON.parse(body) as { created_at: number };
  expect(its(created_at * 1000)).toBe(true);
  expect(its(Number(headers['x-chatwoot-timestamp']) * 1000)).toBe(true);
  for (const path of ['/health', '/api/v1/profile'])
    expect(its(Date.parse((await request(chatwoot, 'GET', path)).headers.get('date')!))).toBe(true);
  const { timestamp } = (await request(chatwoot, 'GET', '/api')).body as { timestamp: string };
  expect(its(Date.parse(`${timestamp}Z`))).toBe(true);

  chatwoot.setClock(0);
  expect(its(Date.parse((await request(chatwoot, 'GET', '/api')).headers.get('date')!))).toBe(false);
});
