import { afterEach, beforeEach, expect, test } from 'vitest';
import { tickFallback } from '../../app/features/fallback/tick-fallback.server.ts';
import { startFront, type Front, type FrontAnswer } from '../support/front.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { createFallbackWorld, type FallbackWorld } from './world.ts';

/** Chatwoot in trouble may have done what it says it did not: what is so already is not written again. */
const APP_URL = 'http://outage.test';
const EVENTS = ['conversation_created', 'message_created'];
let world: FallbackWorld;
let front: Front;
let services: TestServices;

beforeEach(async () => {
  world = await createFallbackWorld({ APP_URL });
  await world.api.createWebhook({ url: `${APP_URL}/api/webhooks/chatwoot`, subscriptions: EVENTS });
  front = await startFront(world.chatwoot.url);
  services = await createTestServices({
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: front.url,
    CHATWOOT_ACCOUNT_ID: String(world.chatwoot.accountId),
    CHATWOOT_API_TOKEN: world.chatwoot.apiToken,
    APP_URL,
  });
  await services.db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'worker', 'test', 1, now(), now() + interval '1 hour')`,
    [services.processId],
  );
});
afterEach(async () => {
  await services.close();
  await front.stop();
  await world.close();
});

/** Works until nothing is due, each round five minutes after the last, as long as a retry waits at most. */
async function work() {
  for (let round = 0; round < 4; round += 1)
    while (await tickFallback(services, new Date(Date.now() + round * 300_000)));
}
const writes = () =>
  front.calls.map(({ call }) => call.split('?')[0]!).filter((call) => /^(PATCH|PUT|POST)/.test(call));

test.each<[string, FrontAnswer]>([
  ['a refusal', { status: 422, body: { error: 'Connection refused - connect(2) for 127.0.0.1:6379' } }],
  ['a failure', { status: 500, body: 'Something went wrong' }],
])('%s that was obeyed: each write goes out once, and all comes back as it was', async (_what, trouble) => {
  const { chatwoot } = world;
  const found = structuredClone(chatwoot.store.inboxes.find(({ id }) => id === 5));
  const done = new Set<string>();
  front.answer(async (call, pass) => {
    const answer = await pass();
    const name = `${call.method} ${call.path} ${JSON.stringify(call.body)}`;
    if (call.method === 'GET' || done.has(name)) return answer;
    done.add(name);
    return trouble;
  });
  for (const to of ['on', 'off'] as const) {
    front.calls.splice(0);
    await world.toggle({ to, ...(to === 'on' && { options: { inboxes: [5], webhook: 'disabled' } }) });
    await work();
    const steps = (await world.steps(to)).filter(({ kind }) => kind !== 'notice');
    expect(steps.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['inbox done', 'webhook done']);
    for (const { result } of steps) expect(result).not.toContain('meanwhile');
    expect(writes().filter((call) => call.includes('/inboxes/5'))).toHaveLength(1);
    expect(writes().filter((call) => call.includes('/webhooks/'))).toHaveLength(1);
  }
  expect(chatwoot.store.inboxes.find(({ id }) => id === 5)).toEqual(found);
  const listed = await world.api.listWebhooks();
  expect(listed.outcome === 'ok' && listed.value[0]!.subscriptions).toEqual(EVENTS);
});
