import { afterEach, expect, test } from 'vitest';
import { call, request, simulate, type Simulated } from './simulated.ts';

let simulated: Simulated | undefined;
afterEach(() => simulated?.stop());

test('with Redis gone a message is refused with 422 and is there all the same; no webhook ever tells of it', async () => {
  simulated = await simulate();
  const { chatwoot, receiver } = simulated;
  const { id } = chatwoot.store.startConversation();
  await chatwoot.webhooks.idle();
  const before = receiver.got.length;
  chatwoot.setServices('redis_gone');
  const refused = await call(chatwoot, 'POST', `/conversations/${id}/messages`, { content: 'Here I am' });
  expect(refused.status).toBe(422);
  expect((refused.body as { error: string }).error).toMatch(/^Connection refused - connect\(2\)/);
  for (const path of ['/webhooks', '/inboxes']) expect((await call(chatwoot, 'GET', path)).status).toBe(200);
  for (const path of ['/conversations', `/conversations/${id}/messages`])
    expect((await call(chatwoot, 'GET', path)).status).toBe(500);
  expect((await request(chatwoot, 'GET', '/health')).status).toBe(200);

  chatwoot.setServices('ok');
  const { body } = await call(chatwoot, 'GET', `/conversations/${id}/messages`);
  expect((body as { payload: unknown[] }).payload).toMatchObject([{ content: 'Here I am' }]);
  await chatwoot.webhooks.idle();
  expect(receiver.got).toHaveLength(before);
});

test('with its database gone nothing is done and nothing but /health and /api works', async () => {
  simulated = await simulate();
  const { chatwoot } = simulated;
  const { id, messages } = chatwoot.store.startConversation();
  chatwoot.setServices('database_gone');
  expect((await call(chatwoot, 'POST', `/conversations/${id}/messages`, { content: 'x' })).status).toBe(500);
  expect(messages).toHaveLength(0);
  expect((await request(chatwoot, 'GET', '/api/v1/profile')).status).toBe(500);
  expect((await request(chatwoot, 'GET', '/health')).status).toBe(200);
  expect((await request(chatwoot, 'GET', '/api')).body).toMatchObject({ data_services: 'failing' });
});

test('a Redis that hangs costs three seconds and a 500', async () => {
  simulated = await simulate();
  simulated.chatwoot.setServices('redis_hanging');
  const before = Date.now();
  expect((await request(simulated.chatwoot, 'GET', '/api/v1/profile')).status).toBe(500);
  expect(Date.now() - before).toBeGreaterThanOrEqual(2900);
});

test('a connection that was not used before says "failing", so often and no longer, while the database answers', async () => {
  simulated = await simulate();
  const { chatwoot } = simulated;
  chatwoot.failIdleConnections(2);
  const says = async () =>
    ((await request(chatwoot, 'GET', '/api')).body as { data_services: string }).data_services;
  expect([await says(), await says(), await says()]).toEqual(['failing', 'failing', 'ok']);
  expect((await request(chatwoot, 'GET', '/api/v1/profile')).status).toBe(200);
});

test.each([
  ['suspended', 401],
  ['no_api_plan', 403],
] as const)('an account that is %s answers %i, and the profile 200', async (state, status) => {
  simulated = await simulate();
  const { chatwoot, receiver } = simulated;
  chatwoot.setAccount(state);
  expect((await call(chatwoot, 'GET', '/conversations')).status).toBe(status);
  expect((await request(chatwoot, 'GET', '/api/v1/profile')).status).toBe(200);
  chatwoot.traffic.emit(1);
  await chatwoot.webhooks.idle();
  // Account webhooks stop with the plan.
  expect(receiver.got.length > 0).toBe(state === 'suspended');
});

test("a plain agent's token sees the inboxes that this agent is a member of, and no webhooks", async () => {
  simulated = await simulate();
  const { chatwoot } = simulated;
  const { store, agentToken } = chatwoot;
  const closed = store.addInbox({ name: 'Board', channel: 'email', members: [12] });
  store.startConversation();
  const hidden = store.startConversation({ inbox: closed });
  const count = async (token?: string) => {
    const { body } = await call(chatwoot, 'GET', '/conversations?status=all', undefined, token);
    return (body as { data: { meta: { all_count: number } } }).data.meta.all_count;
  };
  expect([await count(), await count(agentToken)]).toEqual([2, 1]);
  expect((await call(chatwoot, 'GET', '/webhooks', undefined, agentToken)).status).toBe(401);
  expect((await call(chatwoot, 'GET', `/conversations/${hidden.id}`, undefined, agentToken)).status).toBe(
    401,
  );
  const { body } = await call(chatwoot, 'GET', `/assignable_agents?inbox_ids[]=${closed.id}`);
  expect((body as { payload: { id: number }[] }).payload.map(({ id }) => id)).toEqual([7, 12]);

  // The same with the administrator's own token, once that person is no administrator any more.
  store.agents[0]!.role = 'agent';
  expect(await count()).toBe(0);
  expect((await call(chatwoot, 'GET', '/webhooks')).status).toBe(401);
});

test('the throttle counts by IP, /api and /profile too, and never /health', async () => {
  simulated = await simulate();
  const { chatwoot } = simulated;
  chatwoot.setThrottle({ requests: 2, windowMs: 3_600_000 });
  const status = async (path: string) => (await request(chatwoot, 'GET', path)).status;
  expect([await status('/api'), await status('/api/v1/profile')]).toEqual([200, 200]);
  expect([await status('/api'), await status('/api/v1/profile'), await status('/health')]).toEqual([
    429, 429, 200,
  ]);
});
