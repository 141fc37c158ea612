import { request } from 'undici';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test } from 'vitest';
import { startAgent, type AgentOptions, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { exampleMessageBody } from '../support/examples.ts';
import { until } from '../support/until.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
});

async function start(options?: AgentOptions): Promise<AgentService> {
  const agent = await startAgent(options);
  open.push(agent);
  return agent;
}

interface Post {
  id?: string;
  conversationId?: number;
  messageId?: number;
  attempt?: number;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

async function post(agent: AgentService, options: Post = {}) {
  const { id = 'evt_1', conversationId = 417, messageId = 9001, attempt = 1, headers } = options;
  const answer = await request(`${agent.url}/webhooks/chatwoot`, {
    method: 'POST',
    signal: options.timeoutMs === undefined ? null : AbortSignal.timeout(options.timeoutMs),
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'x-webhook-attempt': String(attempt),
      ...headers,
    },
    body: exampleMessageBody({ conversationId, messageId }),
  });
  await answer.body.dump();
  return { status: answer.statusCode, retryAfter: answer.headers['retry-after'] };
}

const health = async (agent: AgentService, method: 'GET' | 'HEAD' = 'GET') => {
  const response = await fetch(`${agent.url}/health`, { method });
  return { status: response.status, body: await response.text() };
};

test('works: 200 quickly, and records what came in which order', async () => {
  const agent = await start();
  expect(await health(agent)).toEqual({ status: 200, body: '{"status":"ok"}' });
  expect(await health(agent, 'HEAD')).toEqual({ status: 200, body: '' });
  await post(agent, { id: 'evt_1', conversationId: 1, messageId: 11 });
  await post(agent, { id: 'evt_2', conversationId: 2, messageId: 12, attempt: 3 });
  await post(agent, { id: 'evt_1', conversationId: 1, messageId: 11, attempt: 2 });
  expect(agent.records.received).toMatchObject([
    {
      arrival: 1,
      webhookId: 'evt_1',
      attempt: 1,
      conversationId: 1,
      messageId: 11,
      event: 'message_created',
    },
    { arrival: 2, webhookId: 'evt_2', attempt: 3, conversationId: 2, messageId: 12 },
    { arrival: 3, webhookId: 'evt_1', attempt: 2 },
  ]);
  expect(agent.records.distinctCount()).toBe(2);
  expect(agent.records.duplicateCount()).toBe(1);
  expect(agent.records.ofConversation(1).map(({ arrival }) => arrival)).toEqual([1, 3]);
});

test('answers a chosen status, with Retry-After, and records nothing', async () => {
  const agent = await start();
  await agent.setMode('status', { status: 429, retryAfter: 7 });
  expect(await post(agent)).toEqual({ status: 429, retryAfter: '7' });
  expect(await health(agent)).toMatchObject({ status: 200 });
  await agent.setMode('status', { status: 503 });
  expect(await post(agent)).toEqual({ status: 503, retryAfter: undefined });
  expect(await health(agent)).toMatchObject({ status: 503 });
  expect(agent.records.received).toEqual([]);
  expect(agent.refusedCount()).toBe(2);
  expect(agent.health()).toBe('Answers 503 to every webhook');
});

test('never answers', async () => {
  const agent = await start();
  await agent.setMode('hang');
  await expect(post(agent, { timeoutMs: 150 })).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(agent.records.requests()).toBe(1);
});

test('breaks the connection', async () => {
  const agent = await start();
  await agent.setMode('reset');
  await expect(post(agent)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('is down, refused even over a kept connection, and comes back on the same port', async () => {
  const agent = await start();
  await post(agent);
  await agent.setMode('down');
  // The kept connection was closed at once: only a new one can find out.
  await until('a new connection is refused', () =>
    post(agent).then(
      () => false,
      (error: { code?: string }) => error.code === 'ECONNREFUSED',
    ),
  );
  await agent.setMode('ok');
  expect(await post(agent, { id: 'evt_2' })).toMatchObject({ status: 200 });
});

test('going down breaks off what was never answered', async () => {
  const agent = await start();
  await agent.setMode('hang');
  const unanswered = post(agent);
  await until('it arrived', () => agent.records.requests() === 1);
  await Promise.all([
    expect(unanswered).rejects.toMatchObject({ message: 'other side closed' }),
    agent.setMode('down'),
  ]);
});

test('goes down and comes back in one breath without getting stuck', async () => {
  const agent = await start();
  await Promise.all([agent.setMode('down'), agent.setMode('ok'), agent.setMode('down'), agent.setMode('ok')]);
  expect(await post(agent)).toMatchObject({ status: 200 });
});

test('decides webhook by webhook, until a mode is set', async () => {
  const agent = await start();
  agent.setBehaviour(({ conversationId }) =>
    conversationId === 13 ? { mode: 'status', status: 422 } : undefined,
  );
  expect(await post(agent, { conversationId: 13 })).toMatchObject({ status: 422 });
  expect(await post(agent, { conversationId: 14 })).toMatchObject({ status: 200 });
  await agent.setMode('ok');
  expect(await post(agent, { conversationId: 13 })).toMatchObject({ status: 200 });
});

test('fails at random, the same way for the same seed', async () => {
  const run = async (seed: number) => {
    const agent = await start();
    agent.failRandomly(0.5, seed);
    const statuses: number[] = [];
    for (let n = 0; n < 30; n++) statuses.push((await post(agent, { id: `evt_${n}` })).status);
    return statuses;
  };
  const first = await run(5);
  expect(new Set(first)).toEqual(new Set([200, 503]));
  expect(await run(5)).toEqual(first);
  expect(await run(6)).not.toEqual(first);
});

test('notices two webhooks of one conversation at once', async () => {
  const agent = await start();
  await agent.setMode('hang');
  const arrive = async (conversationId: number) => {
    const before = agent.records.requests();
    post(agent, { conversationId }).catch(() => 'broken off when the test ends');
    await until('it arrived', () => agent.records.requests() > before);
  };
  await arrive(1);
  await arrive(2);
  expect(agent.records.overlapCount()).toBe(0);
  await arrive(1);
  expect(agent.records.overlapCount()).toBe(1);
});

test('keeps no more than its cap, and still counts', async () => {
  const agent = await start({ receivedCap: 10 });
  for (let n = 0; n < 25; n++) await post(agent, { id: `evt_${n}` });
  expect(agent.records.received.length).toBeLessThanOrEqual(10);
  expect(agent.records.received.at(-1)).toMatchObject({ webhookId: 'evt_24', arrival: 25 });
  expect(agent.records.acceptedCount()).toBe(25);
});

test('takes only what carries the right Standard Webhooks signature', async () => {
  const secret = `whsec_${Buffer.from('a key of 24 random bytes').toString('base64')}`;
  const agent = await start({ secret });
  const at = new Date();
  const headers = {
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('evt_1', at, exampleMessageBody()),
  };
  expect(await post(agent, { id: 'evt_1', headers })).toMatchObject({ status: 200 });
  expect(await post(agent, { id: 'evt_2', headers })).toMatchObject({ status: 401 });
  expect(await post(agent, { id: 'evt_1' })).toMatchObject({ status: 401 });
  expect(agent.records.acceptedCount()).toBe(1);
});

test("writes a draft for a customer's message into Chatwoot, once", async () => {
  const chatwoot = await startChatwoot();
  open.push(chatwoot);
  const agent = await start({ drafts: { chatwootUrl: chatwoot.url, token: chatwoot.botToken } });
  const { id } = chatwoot.store.startConversation();
  await post(agent, { id: 'evt_1', conversationId: id });
  await post(agent, { id: 'evt_1', conversationId: id });
  await until('the draft is written', () => agent.draftCount() === 1);
  await agent.stop();
  expect(chatwoot.store.conversations.get(id)?.messages).toMatchObject([
    { private: true, type: 'outgoing', sender: { kind: 'bot' } },
  ]);
});
