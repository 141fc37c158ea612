import { afterEach, beforeEach, expect, test } from 'vitest';
import { idsAfter, startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';

let chatwoot: Chatwoot;
beforeEach(async () => {
  chatwoot = await startChatwoot({ accountId: 2, apiToken: 'right', botToken: 'bot' });
});
afterEach(() => chatwoot.stop());

async function call(method: string, path: string, body?: unknown, token = 'right') {
  const response = await fetch(chatwoot.url + path, {
    method,
    headers: { api_access_token: token, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
}

const HOOKS = '/api/v1/accounts/2/webhooks';
const CONVERSATIONS = '/api/v1/accounts/2/conversations';

test('health and version need no token', async () => {
  expect(await call('GET', '/health', undefined, '')).toEqual({ status: 200, body: { status: 'woot' } });
  expect(await call('GET', '/api', undefined, '')).toMatchObject({
    body: { version: '4.15.1', queue_services: 'ok', data_services: 'ok' },
  });
});

test('the rest needs the right token, the right account and the right kind of user', async () => {
  const invalid = { status: 401, body: { error: 'Invalid Access Token' } };
  const notAllowed = { status: 401, body: { error: 'You are not authorized to do this action' } };
  expect(await call('GET', '/api/v1/profile', undefined, 'wrong')).toEqual(invalid);
  expect(await call('GET', HOOKS, undefined, 'wrong')).toEqual(invalid);
  expect(await call('GET', '/api/v1/accounts/3/webhooks')).toEqual({
    status: 401,
    body: { error: 'You are not authorized to access this account' },
  });
  expect(await call('GET', HOOKS, undefined, 'bot')).toEqual(notAllowed);
  expect(await call('GET', '/api/v1/profile')).toMatchObject({
    status: 200,
    body: { accounts: [{ id: 2 }] },
  });
});

test('webhooks are created, listed, changed and deleted in the real wrappers', async () => {
  const url = 'https://outage.example.com/api/webhooks/chatwoot';
  const created = await call('POST', HOOKS, { url, subscriptions: ['message_created'], name: 'Outage' });
  const webhook = { id: 1, url, account_id: 2, name: 'Outage', subscriptions: ['message_created'] };
  expect(created).toMatchObject({ status: 200, body: { payload: { webhook } } });
  const { secret } = (created.body as { payload: { webhook: { secret: string } } }).payload.webhook;
  expect(secret).toMatch(/^[A-Za-z0-9]{24}$/);
  expect(await call('GET', HOOKS)).toEqual({
    status: 200,
    body: { payload: { webhooks: [{ ...webhook, secret }] } },
  });
  const subscriptions = ['message_created', 'message_updated'];
  expect(await call('PATCH', `${HOOKS}/1`, { subscriptions, secret: 'mine' })).toMatchObject({
    status: 200,
    body: { payload: { webhook: { subscriptions, secret } } },
  });
  expect(await call('DELETE', `${HOOKS}/1`)).toEqual({ status: 200, body: null });
  expect(await call('DELETE', `${HOOKS}/1`)).toMatchObject({ status: 404 });
});

test('a second webhook to one URL and unknown events are refused', async () => {
  const url = 'http://127.0.0.1:9/hook';
  await call('POST', HOOKS, { url, subscriptions: ['message_created'] });
  expect(await call('POST', HOOKS, { url, subscriptions: ['message_created'] })).toEqual({
    status: 422,
    body: { message: 'Url has already been taken', attributes: ['url'] },
  });
  for (const subscriptions of [[], ['message_created', 'message_eaten'], undefined]) {
    expect(await call('POST', HOOKS, { url: `${url}2`, subscriptions })).toEqual({
      status: 422,
      body: { message: 'Subscriptions Invalid events', attributes: ['subscriptions'] },
    });
  }
  const bad = await call('POST', HOOKS, { url: 'ftp://x', subscriptions: ['message_created'] });
  expect(bad.status).toBe(422);
});

test('conversations are listed by status, by page and by what changed lately', async () => {
  const made = Array.from({ length: 30 }, () => chatwoot.store.startConversation());
  chatwoot.store.setStatus(made[0]!, 'resolved');
  made[1]!.updatedAt -= 600_000;
  const ids = async (query: string) => {
    const { body } = await call('GET', `${CONVERSATIONS}?${query}`);
    const { data } = body as { data: { payload: { id: number }[]; meta: { all_count: number } } };
    return { all: data.meta.all_count, ids: data.payload.map(({ id }) => id) };
  };
  expect((await ids('')).ids).toHaveLength(25);
  expect((await ids('page=2')).ids).toHaveLength(4);
  expect(await ids('status=resolved')).toEqual({ all: 1, ids: [made[0]!.id] });
  const recent = await ids('status=all&updated_within=300');
  expect(recent.ids).toHaveLength(29);
  expect(recent.ids).not.toContain(made[1]!.id);
});

test('a conversation in REST differs from the one in webhooks', async () => {
  const conversation = chatwoot.store.startConversation();
  const { body } = await call('GET', `${CONVERSATIONS}/${conversation.id}`);
  expect(body).toMatchObject({ id: conversation.id, account_id: 2, first_reply_created_at: 0 });
  expect(body).not.toHaveProperty('contact_inbox');
  expect((body as { meta: object }).meta).not.toHaveProperty('assignee');
  expect(await call('GET', `${CONVERSATIONS}/1`)).toMatchObject({ status: 404 });
});

test('messages are paged as in Chatwoot', async () => {
  const conversation = chatwoot.store.startConversation();
  const path = `${CONVERSATIONS}/${conversation.id}/messages`;
  for (let n = 0; n < 25; n++) await call('POST', path, { content: `n${n}`, private: n % 2 === 1 });
  const page = async (query: string) => {
    const { body } = await call('GET', `${path}?${query}`);
    return (body as { payload: { id: number; content: string }[] }).payload;
  };
  const last = await page('');
  expect(last.map(({ content }) => content)).toEqual(Array.from({ length: 20 }, (_, n) => `n${n + 5}`));
  const older = await page(`before=${last[0]!.id}`);
  expect(older.map(({ content }) => content)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
  const newer = await page(`after=${last[17]!.id}`);
  expect(newer.map(({ content }) => content)).toEqual(['n23', 'n24']);
  expect(await page('filter_internal_messages=true')).toHaveLength(13);
  expect(await call('POST', path, { content: 'x', message_type: 'incoming' })).toMatchObject({ status: 422 });
});

test('toggle_status sets or flips, agents and inboxes are listed', async () => {
  const { id } = chatwoot.store.startConversation();
  const toggle = (body: unknown) => call('POST', `${CONVERSATIONS}/${id}/toggle_status`, body);
  expect(await toggle({ status: 'pending' })).toMatchObject({
    body: { payload: { success: true, conversation_id: id, current_status: 'pending' } },
  });
  expect(await toggle({})).toMatchObject({ body: { payload: { current_status: 'open' } } });
  expect(await toggle({ status: 'gone' })).toMatchObject({ status: 500 });
  expect((await call('GET', '/api/v1/accounts/2/agents')).body).toHaveLength(3);
  expect(await call('GET', '/api/v1/accounts/2/inboxes')).toMatchObject({ body: { payload: [{ id: 5 }] } });
});

test('it answers a status to everything, is slow, is really down, and comes back on its port', async () => {
  await chatwoot.setMode('status', { status: 502 });
  expect((await call('GET', '/health')).status).toBe(502);
  await chatwoot.setMode('slow', { slowMs: 60_000 });
  await expect(fetch(`${chatwoot.url}/health`, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  await chatwoot.setMode('down');
  await expect(fetch(`${chatwoot.url}/health`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await chatwoot.setMode('ok');
  expect((await call('GET', '/health')).status).toBe(200);
});

test('ids of a later start are above those of an earlier one', () => {
  const [first, later] = [idsAfter(Date.UTC(2026, 8, 22)), idsAfter(Date.UTC(2026, 8, 22, 0, 10))];
  expect(later.conversation - first.conversation).toBe(600);
  expect(later.message - first.message).toBe(6000);
});
