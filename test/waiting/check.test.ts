import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRuleWaitingFigures as readForAlerts } from '../../app/features/alerts/read-rule-figures.server.ts';
import { tickCheck } from '../../app/features/waiting/check/tick-check.server.ts';
import { openChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { projectBatch } from '../../app/features/waiting/project-webhooks.server.ts';
import {
  readWaitingFigures,
  readWaitingKnown,
} from '../../app/features/waiting/read-waiting-figures.server.ts';
import { readWaiting } from '../../app/features/waiting/read-waiting.server.ts';
import { createPace } from '../../app/lib/chatwoot/pace.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';
import type { WebhookPayload } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';
import { readSetAside } from '../../app/features/facts/set-aside.server.ts';
import { openShop, storeEvents } from './store-events.ts';
import { createComparisonWorld, type ComparisonWorld } from '../arrival/comparison-world.ts';
import { startFront, type Front, type FrontAnswer, type FrontCall } from '../support/front.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

let world: ComparisonWorld;
let front: Front;
let services: TestServices;
const open: (() => Promise<void>)[] = [];
beforeEach(async () => {
  world = await createComparisonWorld();
  front = await startFront(world.chatwoot.url);
  // The same database, asked through the front.
  services = await createTestServices({
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: front.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: world.chatwoot.apiToken,
  });
  open.push(
    () => services.close(),
    () => front.stop(),
    () => world.close(),
  );
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);
/** Checks until nothing is to do at once. @returns the steps that it took */
async function check(now = new Date(), perSecond = 1000): Promise<number> {
  const pace = createPace({ perSecond });
  const client = openChatwootClient(services)!;
  let steps = 1;
  while (await tickCheck({ services, client, pace, now })) steps += 1;
  return steps;
}
const figures = (now = new Date()) => readWaitingFigures(services, now);
const waiting = async () =>
  (await readWaiting(services, { sort: 'since', filter: 'all', page: 1, withNames: true, now: new Date() }))
    .items;
const remove = (conversation: Conversation) =>
  (world.chatwoot.store.conversations as Map<number, Conversation>).delete(conversation.id);

test('deleted in Chatwoot, where no webhook tells of it: counted as gone, and no longer as waiting', async () => {
  const [kept, deleted, resolved] = [world.begins(), world.begins(), world.begins()];
  await world.settled();
  await check();
  expect(await figures()).toMatchObject({ known: true, waiting: 3, gone: 0 });
  remove(deleted);
  await world.losing(() => world.chatwoot.store.setStatus(resolved, 'resolved'));
  await check(later(5));
  expect(await figures()).toMatchObject({ waiting: 3 });
  await check(later(16));
  expect((await waiting()).map(({ conversationId }) => conversationId)).toEqual([kept.id]);
  expect(await figures()).toMatchObject({ waiting: 1, gone: 1 });
});

test('whether somebody waits in one conversation is known of what was heard of, while reading is not behind', async () => {
  const [one] = [world.begins()];
  const known = async (id: number, now = new Date()) =>
    (await readWaitingKnown(services.db.pool, `2:${id}`, now)).known;
  await world.settled();
  await check();
  expect([await known(one.id), await known(999_999)]).toEqual([true, false]);
  expect(await known(one.id, later(5))).toBe(false);
  front.answer(() => ({ status: 503, body: 'away' }));
  await check(later(16));
  expect(await known(one.id)).toBe(false);
});

test('what another account of Chatwoot posts here waits nowhere, proves nothing, and is named', async () => {
  const ours = world.begins();
  await world.settled();
  const arrived = async () => {
    const { rows } = await services.db.pool.query<{ n: number }>(
      `SELECT sum(n)::int AS n FROM fact_rollups WHERE metric = 'arrival' AND resolution = 'hour'`,
    );
    return rows[0]!.n;
  };
  const before = await arrived();
  const shop = openShop(new Date());
  shop.customer();
  const theirs = shop.payloads.map((payload) => {
    const text = JSON.stringify(payload).replaceAll('"account_id":2', '"account_id":7');
    return JSON.parse(text.replaceAll(/"account":\{"id":2\b/g, '"account":{"id":7')) as WebhookPayload;
  });
  expect(await storeEvents(services, theirs)).toBeGreaterThan(1);
  await world.settled();
  expect((await waiting()).map(({ conversationId }) => conversationId)).toEqual([ours.id]);
  expect(await arrived()).toBe(before);
  expect(await readSetAside(services.db.pool)).toMatchObject({
    count: 1,
    newest: { name: "webhooks of Chatwoot's account 7", cause: 'this app is connected to account 2' },
  });
});

test('after a change of the account nobody waits in the one before', async () => {
  const kept = world.begins();
  await world.settled();
  await services.db.pool.query(
    `INSERT INTO conversations (key, account, conversation_id, status, chatwoot_updated_at, seen_at, waiting_since, due_at)
     SELECT '9:' || conversation_id, '9', conversation_id, status, chatwoot_updated_at, seen_at, waiting_since, due_at
     FROM conversations`,
  );
  expect(await waiting()).toHaveLength(2);
  await check();
  expect((await waiting()).map(({ conversationId }) => conversationId)).toEqual([kept.id]);
});

test('an agent who was removed, without a webhook and without a new time, has no conversations any more', async () => {
  const { store } = world.chatwoot;
  const [one, other] = [world.begins(), world.begins()];
  store.assign(one, store.agents[1]!);
  store.assign(other, store.agents[2]!);
  await world.settled();
  await check();
  expect(await figures()).toMatchObject({ waiting: 2, unassigned: 0 });
  // As the real one: the list shows nobody, at the same time as before.
  one.assignee = null;
  // The other one's list was read before; the team does not know them any more.
  const gone = store.agents[2]!.id;
  front.answer(async ({ path: called }, pass) => {
    const answer = await pass();
    return called.endsWith('/agents')
      ? { ...answer, body: (answer.body as { id: number }[]).filter(({ id }) => id !== gone) }
      : answer;
  });
  await check(later(16));
  expect((await waiting()).map(({ assignee }) => assignee)).toEqual([null, null]);
  expect(await figures()).toMatchObject({ waiting: 2, unassigned: 2 });
  // A late webhook of that time does not bring them back.
  await services.db.pool.query('UPDATE backlog_projection SET through_seq = 0');
  await world.settled();
  expect(await figures()).toMatchObject({ unassigned: 2 });
});

test('pages that shift, a page and a conversation that answer 500, another page size: the rest is checked', async () => {
  const talks = Array.from({ length: 60 }, () => world.begins());
  await world.settled();
  let shifted = false;
  front.answer(async (call, pass) => {
    if (/\/conversations\/\d+$/.test(call.path) && call.path.endsWith(`/${talks[1]!.id}`))
      return { status: 500, body: { error: 'Internal Server Error' } };
    if (isList(call, 'open', 2)) return { status: 500, body: { error: 'Internal Server Error' } };
    const answer = await pass();
    // Somebody resolves one of the first page after it was read: every later one moves up.
    if (isList(call, 'open', 1) && !shifted) {
      shifted = true;
      world.chatwoot.store.setStatus(talks[0]!, 'resolved');
      remove(talks[59]!);
    }
    return answer;
  });
  for (let round = 0; round < 8; round += 1) await check();
  await world.settled();
  const { rows } = await services.db.pool.query<{ done: boolean; skipped: number }>(
    'SELECT finished_at IS NOT NULL AS done, skipped FROM backlog_checks',
  );
  expect(rows).toEqual([{ done: true, skipped: 1 }]);
  expect(await figures()).toMatchObject({ waiting: 58, gone: 1, check: { skipped: 1 } });
});

test('the list from the API and the webhooks tell of the same conversation at the same moment, and both are read', async () => {
  world.begins();
  await world.chatwoot.webhooks.idle();
  const now = new Date();
  const checking = await inTransaction(services.db.pool, async (client) => {
    await client.query('SELECT FROM backlog_projection FOR UPDATE');
    const done = check(now);
    await until('the check waits for the projection', async () => {
      const { rows } = await services.db.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND query LIKE 'UPDATE backlog_projection%'`,
      );
      return rows.length > 0;
    });
    expect(await projectBatch(client, services.config, now)).toMatchObject({
      outcome: 'projected',
      events: 4,
    });
    return { done };
  });
  await checking.done;
  expect(await figures()).toMatchObject({ waiting: 1, check: { checkedAt: now.toISOString() } });
});

const isList = (call: FrontCall, status: string, page: number) =>
  call.path.endsWith('/conversations') &&
  call.query.get('status') === status &&
  Number(call.query.get('page')) === page;

const recorded = (
  JSON.parse(
    readFileSync(path.join(import.meta.dirname, '../recordings/rest/conversations-open-page.json'), 'utf8'),
  ) as { response: { body: { data: { payload: Record<string, unknown>[] } } } }
).response.body.data.payload[0]!;

/** A recorded conversation, with another number; what its last messages are decides whether it tells who waits. */
function listed(id: number, status: string, last: 'question' | 'draft' | 'draft seen', now: number) {
  const seconds = Math.floor(now / 1000) - 3600 - id;
  const message = recorded.last_non_activity_message as object;
  const question = { ...message, id: id * 10, conversation_id: id, message_type: 0, created_at: seconds };
  const draft = { ...question, id: id * 10 + 1, message_type: 1, private: true };
  return {
    ...recorded,
    ...{ id, status, created_at: seconds, waiting_since: seconds, updated_at: seconds + 0.5, account_id: 2 },
    unread_count: last === 'draft seen' ? 0 : 1,
    messages: [last === 'question' ? question : draft],
    last_non_activity_message: last === 'question' ? question : draft,
  };
}

test('first listing of 5,000: counted and said so, pending ones too, no alarm before it is done, few calls, each in its turn', async () => {
  const now = Date.now();
  const all = Array.from({ length: 5000 }, (_, index) =>
    listed(
      index + 1,
      index < 4500 ? 'open' : 'pending',
      index % 100 === 0 ? 'draft seen' : index % 2 === 0 ? 'draft' : 'question',
      now,
    ),
  );
  let throttles = 1;
  front.answer((call, pass): FrontAnswer | Promise<FrontAnswer> => {
    const of = (status: string | null) => all.filter((one) => one.status === status);
    if (call.path.endsWith('/conversations/meta'))
      return { status: 200, body: { meta: { all_count: of(call.query.get('status')).length } } };
    if (call.path.endsWith('/messages')) {
      const id = Number(/conversations\/(\d+)/.exec(call.path)![1]);
      const { waiting_since: since } = all[id - 1]!;
      return {
        status: 200,
        body: {
          payload: [
            { id: id * 10, message_type: 0, created_at: since, content: 'x', content_attributes: {} },
          ],
        },
      };
    }
    if (!call.path.endsWith('/conversations')) return pass();
    if (call.query.get('page') === '100' && throttles-- > 0)
      return { status: 429, body: 'Retry later\n', headers: { 'Retry-After': '1' } };
    const mine = of(call.query.get('status'));
    const from = (Number(call.query.get('page')) - 1) * 25;
    return {
      status: 200,
      body: { data: { meta: { all_count: mine.length }, payload: mine.slice(from, from + 25) } },
    };
  });
  // The projection has read everything: there is nothing.
  await world.settled();
  const context = {
    services,
    client: openChatwootClient(services)!,
    pace: createPace({ perSecond: 200 }),
    now: new Date(now),
  };
  for (let page = 0; page < 50; page += 1) await tickCheck(context);
  expect(await figures()).toMatchObject({
    known: false,
    waiting: null,
    check: { counting: { counted: 1250, total: 5000, step: 'lists' } },
  });
  expect(
    await inTransaction(services.db.pool, (client) =>
      readForAlerts(client, { now: new Date(), speed: 1, targetMs: 1_800_000 }),
    ),
  ).toMatchObject({ slaBreaches: null });
  while (await tickCheck(context));
  expect(await figures()).toMatchObject({ known: true, waiting: 5000, breached: 5000, untold: 0 });
  expect(
    await inTransaction(services.db.pool, (client) =>
      readForAlerts(client, { now: new Date(), speed: 1, targetMs: 1_800_000 }),
    ),
  ).toMatchObject({ slaBreaches: 5000 });
  const messages = front.calls.filter(({ call }) => call.includes('/messages'));
  expect(messages).toHaveLength(50);
  // 200 pages, one beyond the last of each status, one throttled, the count, the team.
  expect(front.calls.length - messages.length).toBeLessThanOrEqual(206);
});

test('at most ten calls a second, fewer after a 429', async () => {
  const pace = createPace();
  const at: number[] = [];
  const call = (throttled = false) =>
    pace.call(() => {
      at.push(performance.now());
      return Promise.resolve(
        throttled && at.length === 5
          ? { outcome: 'throttled' as const, retryAfterMs: 500 }
          : { outcome: 'ok' as const, value: 1 },
      );
    });
  for (let n = 0; n < 9; n += 1) await call(true);
  // A call that is late is followed by one that is not: only from the first of a row on the time is certain.
  const between = (first: number, last: number) => at[last]! - at[first]!;
  expect(between(0, 4)).toBeGreaterThan(4 * 95);
  expect(between(4, 5)).toBeGreaterThan(490);
  expect(between(4, 8)).toBeGreaterThan(490 + 3 * 150);
});
