import { afterEach, beforeEach, expect, test } from 'vitest';
import { tickCheck } from '../../app/features/waiting/check/tick-check.server.ts';
import { readWaitingFigures } from '../../app/features/waiting/read-waiting-figures.server.ts';
import { readWaiting } from '../../app/features/waiting/read-waiting.server.ts';
import { createPace } from '../../app/lib/chatwoot/pace.server.ts';
import { openChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';
import { DRAFT_BOT } from '../../app/sandbox/chatwoot/invented-customers.ts';
import { until } from '../support/until.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

let world: ComparisonWorld;
beforeEach(async () => {
  world = await createComparisonWorld();
});
afterEach(() => world.close());

const LATER = 16 * 60_000;
const figures = () => readWaitingFigures(world.services, new Date());
const waiting = async () =>
  (
    await readWaiting(world.services, {
      sort: 'since',
      filter: 'all',
      page: 1,
      withNames: true,
      now: new Date(),
    })
  ).items;
/** Compares what waits with Chatwoot's list. */
async function check(now = new Date()): Promise<void> {
  const { services } = world;
  const pace = createPace({ perSecond: 1000 });
  const client = openChatwootClient(services)!;
  while (await tickCheck({ services, client, pace, now }));
}
const stillThere = ({ id }: Conversation) => world.chatwoot.store.conversations.get(id)!;
/** Chatwoot tells times in whole seconds. */
const wholeSecond = (ms: number) => new Date(Math.floor(ms / 1000) * 1000).toISOString();
const inALaterSecond = () => {
  const second = Math.floor(Date.now() / 1000);
  return until('another second', () => Math.floor(Date.now() / 1000) > second);
};
/** A customer writes after the backup, Chatwoot is put back, and the number is given to another customer. */
async function putBackAfter(work: () => Conversation, afterwards: () => Conversation) {
  const backup = world.chatwoot.store.backup();
  const old = work();
  await world.settled();
  world.chatwoot.store.restore(backup);
  await inALaterSecond();
  const young = afterwards();
  expect(young.id).toBe(old.id);
  expect(young.createdAt).toBeGreaterThan(old.createdAt);
  return { old, young };
}

test('a lost message that bears the number of one from before was missed, and is fetched', async () => {
  const { store } = world.chatwoot;
  const talk = world.begins();
  await world.settled();
  const backup = store.backup();
  const known = world.says(talk);
  await world.settled();
  store.restore(backup);
  await inALaterSecond();
  await world.losing(() => {
    expect(world.says(stillThere(talk)).id).toBe(known.id);
  });
  await world.reconcile();
  const same = (await world.inbox()).filter(({ message }) => message === known.id);
  expect(same.map(({ source }) => source)).toEqual(['webhook', 'reconciled']);
});

test('a lost conversation under a known number is fetched as a new one, with nothing of the customer before', async () => {
  world.begins();
  await world.settled();
  const backup = world.chatwoot.store.backup();
  const old = world.begins();
  await world.settled();
  world.chatwoot.store.restore(backup);
  await inALaterSecond();
  await world.losing(() => {
    expect(world.begins().id).toBe(old.id);
  });
  await world.reconcile();
  const { rows } = await world.services.db.pool.query<{ event: string; body: string }>(
    `SELECT event, convert_from(body, 'UTF8') AS body FROM webhook_events
     WHERE conversation_key = $1 AND source = 'reconciled' ORDER BY seq`,
    [`2:${old.id}`],
  );
  expect(rows.map(({ event }) => event)).toEqual(['conversation_created', 'message_created']);
  for (const { body } of rows) {
    expect(body).not.toContain(old.contactInbox.sourceId);
    expect(body).not.toContain(old.contact.name);
  }
});

test('who waits under a number given out again waits since then; who waited before is counted as gone', async () => {
  world.begins();
  const { old, young } = await putBackAfter(
    () => {
      const conversation = world.begins();
      world.chatwoot.store.assign(conversation, world.chatwoot.store.agents[1]!);
      return conversation;
    },
    () => world.begins(),
  );
  await world.settled();
  const mine = (await waiting()).filter(({ conversationId }) => conversationId === young.id);
  expect(mine).toMatchObject([
    { customerName: young.contact.name, first: true, assignee: null, lastReply: null },
  ]);
  expect(Date.parse(mine[0]!.waitingSince)).toBeGreaterThan(old.createdAt);
  expect(await figures()).toMatchObject({ waiting: 2, gone: 1 });
  // Looked up in Chatwoot's list it is the same.
  await check();
  await check(new Date(Date.now() + LATER));
  expect(await figures()).toMatchObject({ waiting: 2, gone: 1 });
});

test('an answer of before the backup was put back is no answer to who has the number now', async () => {
  const { young } = await putBackAfter(
    () => {
      const conversation = world.begins();
      world.says(conversation, 'outgoing');
      return conversation;
    },
    () => world.begins(),
  );
  await world.settled();
  expect(await waiting()).toMatchObject([{ conversationId: young.id, first: true, lastReply: null }]);
  expect(await figures()).toMatchObject({ waiting: 1, gone: 0, answeredLastHour: 1 });
  world.says(young, 'outgoing');
  await world.settled();
  expect(await waiting()).toEqual([]);
  expect(await figures()).toMatchObject({ waiting: 0, gone: 0, answeredLastHour: 2 });
});

test('without a webhook of the later one the list tells of it', async () => {
  world.begins();
  await world.settled();
  const backup = world.chatwoot.store.backup();
  const old = world.begins();
  await world.settled();
  world.chatwoot.store.restore(backup);
  await check();
  expect(await figures()).toMatchObject({ waiting: 1, gone: 1 });
  await inALaterSecond();
  await world.losing(() => {
    expect(world.begins().id).toBe(old.id);
  });
  await check(new Date(Date.now() + LATER));
  expect(await figures()).toMatchObject({ waiting: 2, gone: 1 });
  expect((await waiting()).map(({ customerName }) => customerName)).not.toContain(old.contact.name);
});

test('a customer under the number of a canary of before is a customer', async () => {
  const next = world.begins().id + 1;
  // Chatwoot was put back since.
  await world.services.db.pool.query(
    `INSERT INTO canary_runs (started_at, started_by, state, outcome, step, step_started_at, due_at, source_id, finished_at, conversation_key)
     SELECT at, 'Ada', 'done', 'passed', 'reply', at, at, 's', at, $1 FROM (SELECT now() - interval '10 minutes' AS at) run`,
    [`2:${next}`],
  );
  const customer = world.begins();
  expect(customer.id).toBe(next);
  await world.settled();
  expect((await waiting()).map(({ conversationId }) => conversationId)).toContain(customer.id);
});

test('a message under the number of an answer from before is what it is now', async () => {
  const { store } = world.chatwoot;
  const talk = world.begins();
  await world.settled();
  const backup = store.backup();
  const answer = world.says(talk, 'outgoing');
  await world.settled();
  expect(await waiting()).toEqual([]);
  store.restore(backup);
  await inALaterSecond();
  const kept = stillThere(talk);
  const draft = store.addMessage(kept, {
    type: 'outgoing',
    content: 'By a program',
    private: false,
    sender: DRAFT_BOT,
  });
  expect(draft.id).toBe(answer.id);
  await world.settled();
  const { rows } = await world.services.db.pool.query(
    'SELECT kind, by_name FROM conversation_replies WHERE message_id = $1',
    [answer.id],
  );
  expect(rows).toEqual([{ kind: 'bot', by_name: DRAFT_BOT.name }]);
});

test('who writes after an answer that Chatwoot has lost waits, although it counts from before that answer', async () => {
  const { store } = world.chatwoot;
  const talk = world.begins();
  await world.settled();
  const backup = store.backup();
  await inALaterSecond();
  const answer = world.says(talk, 'outgoing');
  await world.settled();
  expect(await waiting()).toEqual([]);
  store.restore(backup);
  await inALaterSecond();
  await inALaterSecond();
  const again = world.says(stillThere(talk));
  expect(again.id).toBe(answer.id);
  await world.settled();
  expect(await waiting()).toMatchObject([
    { conversationId: talk.id, waitingSince: wholeSecond(again.createdAt), first: false },
  ]);
  expect(await figures()).toMatchObject({ waiting: 1, answeredLastHour: 1 });
  world.says(stillThere(talk), 'outgoing');
  await world.settled();
  expect(await waiting()).toEqual([]);
});
