import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readWaitingFigures } from '../../app/features/waiting/read-waiting-figures.server.ts';
import { recomputeWaits } from '../../app/features/waiting/recompute-waits.server.ts';
import { readWaiting } from '../../app/features/waiting/read-waiting.server.ts';
import { gapsBetween, projectWebhooks } from '../../app/features/waiting/project-webhooks.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { seededRandom } from '../../app/sandbox/random.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { openShop, projectAll, storeEvents } from './store-events.ts';

const START = new Date('2026-11-23T05:00:00.000Z');
const minutes = (n: number) => n * 60_000;
const after = (ms: number) => new Date(START.getTime() + ms);

let services: TestServices;
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(() => services.close());

const waitingAt = (now: Date) =>
  readWaiting(services, { sort: 'risk', filter: 'all', page: 1, withNames: true, now });

async function everything() {
  const { pool } = services.db;
  const read = async (sql: string) => (await pool.query(sql)).rows as unknown[];
  return {
    conversations: await read(
      `SELECT key, status, waiting_since, due_at, resolved_at, first_reply_at, last_reply_at, last_reply_kind,
         assignee_id, labels, chatwoot_updated_at FROM conversations ORDER BY key`,
    ),
    waits: await read('SELECT key, since, first, due_at, answered_at FROM waits ORDER BY key, since'),
    replies: await read('SELECT * FROM conversation_replies ORDER BY key, message_id'),
    written: await read('SELECT * FROM customer_messages ORDER BY key, message_id'),
    messages: await read('SELECT account, message_id FROM inbox_messages ORDER BY message_id'),
  };
}

test('a customer waits from the first message until a person answers in public, and again from the next one', async () => {
  const shop = openShop(START);
  const conversation = shop.customer();
  shop.clock.now += minutes(5);
  shop.notes(conversation);
  await storeEvents(services, shop.payloads.splice(0));
  await projectAll(services, after(minutes(5)));
  const [first] = (await waitingAt(after(minutes(6)))).items;
  expect(first).toMatchObject({
    conversationId: conversation.id,
    customerName: conversation.contact.name,
    waitingSince: START.toISOString(),
    dueAt: after(minutes(30)).toISOString(),
    secondsLeft: 24 * 60,
    breached: false,
    first: true,
    lastReply: null,
  });

  shop.clock.now += minutes(5);
  shop.answers(conversation);
  await storeEvents(services, shop.payloads.splice(0));
  await projectAll(services, after(minutes(10)));
  expect((await waitingAt(after(minutes(11)))).total).toBe(0);
  expect(await readWaitingFigures(services, after(minutes(10)))).toMatchObject({
    known: true,
    waiting: 0,
    averageResponseSeconds: 600,
    answeredLastHour: 1,
  });

  shop.clock.now += minutes(20);
  shop.writes(conversation);
  await storeEvents(services, shop.payloads.splice(0));
  await projectAll(services, after(minutes(30)));
  const [again] = (await waitingAt(after(minutes(61)))).items;
  expect(again).toMatchObject({
    waitingSince: after(minutes(30)).toISOString(),
    breached: true,
    secondsLeft: -60,
    first: false,
    lastReply: { kind: 'agent', at: after(minutes(10)).toISOString(), by: 'Ilya Brandt' },
  });
});

test("who may not read texts sees no names, and no table keeps a message's text", async () => {
  const shop = openShop(START);
  const conversation = shop.customer();
  shop.store.assign(conversation, shop.store.agents[1]!);
  shop.answers(conversation);
  shop.clock.now += 5000;
  shop.writes(conversation);
  await storeEvents(services, shop.payloads);
  await projectAll(services, after(5000));
  const { items } = await readWaiting(services, {
    sort: 'risk',
    filter: 'all',
    page: 1,
    withNames: false,
    now: after(6000),
  });
  expect(items[0]).toMatchObject({
    customerName: null,
    assignee: { id: 9, name: null },
    lastReply: { by: null },
  });
  const { rows } = await services.db.pool.query<{ text: string }>(
    `SELECT (SELECT string_agg(c::text, ' ') FROM conversations c) || (SELECT string_agg(r::text, ' ') FROM conversation_replies r) AS text`,
  );
  expect(rows[0]!.text).toContain(conversation.contact.name.split(' ')[0]);
  expect(rows[0]!.text).not.toContain('SECRET');
});

/** What follows from snapshots, messages and answers, of every conversation. */
const workOutAnew = () =>
  inTransaction(services.db.pool, async (client) => {
    const { rows } = await client.query<{ key: string }>('SELECT key FROM conversations ORDER BY key');
    const keys = rows.map(({ key }) => key);
    await recomputeWaits(client, keys, services.config.SLA_FIRST_RESPONSE / 1000);
  });

/** A morning of several customers, with everything that can happen to a conversation. */
function morning(seed: number) {
  const shop = openShop(START, seed);
  const random = seededRandom(seed);
  const made = [shop.customer(), shop.customer(), shop.customer()];
  for (let step = 0; step < 25; step += 1) {
    shop.clock.now += 1500 + Math.floor(random() * 120_000);
    const conversation = made[Math.floor(random() * made.length)]!;
    const what = Math.floor(random() * 8);
    if (what === 0 || what > 5) shop.writes(conversation);
    else if (what === 1) shop.answers(conversation, Math.floor(random() * 3));
    else if (what === 2) shop.notes(conversation);
    else if (what === 3) shop.store.setStatus(conversation, random() < 0.5 ? 'resolved' : 'open');
    else if (what === 4) shop.store.setLabels(conversation, [`l${step}`]);
    else shop.store.assign(conversation, shop.store.agents[Math.floor(random() * 3)]!);
  }
  return shop;
}

test('any order and any repetition of the webhooks comes to the same', { timeout: 120_000 }, async () => {
  const seeds = fc.integer({ min: 1, max: 1e6 });
  await fc.assert(
    fc.asyncProperty(seeds, seeds, async (seed, order) => {
      const { payloads, clock } = morning(seed);
      const now = new Date(clock.now);
      const forget = () =>
        services.db.pool.query(
          `TRUNCATE webhook_events, deliveries, conversations, waits, conversation_replies, customer_messages, inbox_messages, backlog_gaps;
           UPDATE backlog_projection SET through_seq = 0`,
        );
      await forget();
      await storeEvents(services, payloads);
      await projectAll(services, now);
      const expected = await everything();
      await forget();
      const random = seededRandom(order);
      const shuffled = payloads
        .map((payload) => ({ payload, at: random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ payload }) => payload);
      for (let at = 0; at < shuffled.length; at += 20) {
        await storeEvents(services, shuffled.slice(at, at + 20));
        if (random() < 0.5) await projectAll(services, now);
        // What was projected is projected again from here on.
        if (random() < 0.3)
          await services.db.pool.query(
            'UPDATE backlog_projection SET through_seq = GREATEST(0, through_seq - 25)',
          );
      }
      await projectAll(services, now);
      expect(await everything()).toEqual(expected);
      // Nothing was left out because it seemed to change nothing.
      await workOutAnew();
      expect(await everything()).toEqual(expected);
    }),
    { numRuns: 12 },
  );
});

test('one message after the other of who waits already leaves the wait as working it out anew would, and each is on record', async () => {
  const shop = openShop(START);
  const conversation = shop.customer();
  for (let message = 0; message < 6; message += 1) {
    await storeEvents(services, shop.payloads.splice(0));
    await projectAll(services, new Date(shop.clock.now));
    const told = await everything();
    expect(told.written).toHaveLength(message + 1);
    expect(told.conversations).toMatchObject([{ waiting_since: START, due_at: after(minutes(30)) }]);
    await workOutAnew();
    expect(await everything()).toEqual(told);
    shop.clock.now += 20_000;
    shop.writes(conversation);
  }
  shop.answers(conversation);
  await storeEvents(services, shop.payloads.splice(0));
  await projectAll(services, new Date(shop.clock.now));
  const answered = await everything();
  expect(answered.conversations).toMatchObject([{ waiting_since: null }]);
  await workOutAnew();
  expect(await everything()).toEqual(answered);
});

test('a number that commits late is projected after all, and one batch interrupted is done again', async () => {
  const shop = openShop(START);
  const late = await services.db.pool.connect();
  const conversation = shop.customer();
  const [created, ...rest] = shop.payloads.splice(0);
  try {
    await late.query('BEGIN');
    await late.query(`SELECT nextval(pg_get_serial_sequence('webhook_events', 'seq'))`);
    await storeEvents(services, [created!]);
    await projectAll(services, START);
    const { rows } = await services.db.pool.query<{ from_seq: number }>('SELECT from_seq FROM backlog_gaps');
    expect(rows).toHaveLength(1);
    await storeEvents(services, rest);
    // The rows of the slow transaction now take the number that was passed.
    await services.db.pool.query(
      `UPDATE webhook_events SET seq = $1 WHERE seq = (SELECT max(seq) FROM webhook_events WHERE event = 'message_created')`,
      [rows[0]!.from_seq],
    );
    await projectAll(services, START);
    const message = await services.db.pool.query('SELECT seq FROM inbox_messages');
    expect(message.rows).toEqual([{ seq: rows[0]!.from_seq }]);
    expect((await waitingAt(START)).items[0]).toMatchObject({ conversationId: conversation.id });
  } finally {
    await late.query('ROLLBACK');
    late.release();
  }
});

test('two processes project in turns and nothing is lost when one dies in the middle of a batch', async () => {
  const shop = morning(7);
  await storeEvents(services, shop.payloads);
  const now = new Date(shop.clock.now);
  const dying = await services.db.pool.connect();
  await dying.query('BEGIN');
  await dying.query('SELECT FROM backlog_projection FOR UPDATE');
  expect(await projectWebhooks(services, now)).toEqual({ outcome: 'busy' });
  await dying.query('ROLLBACK');
  dying.release();
  await Promise.all([projectAll(services, now), projectAll(services, now)]);
  const { rows } = await services.db.pool.query<{ n: number }>('SELECT count(*) AS n FROM inbox_messages');
  const messages = shop.payloads.filter(({ event }) => event === 'message_created');
  expect(rows[0]!.n).toBe(messages.length);
});

test('a reply ends the waiting also when the webhook that says so is lost', async () => {
  const shop = openShop(START);
  const conversation = shop.customer();
  await storeEvents(services, shop.payloads.splice(0));
  shop.clock.now += minutes(3);
  shop.answers(conversation);
  const reply = shop.payloads.find(({ event }) => event === 'message_created')!;
  // Chatwoot's job ran before the conversation was saved: the reply carries the state of before.
  expect(reply.conversation).toMatchObject({ waiting_since: 0 });
  (reply.conversation as Record<string, unknown>).waiting_since = START.getTime() / 1000;
  await storeEvents(services, [reply]);
  await projectAll(services, after(minutes(3)));
  expect((await waitingAt(after(minutes(4)))).total).toBe(0);
});

test('texts removed by retention and sealed with an unknown key stop nothing', async () => {
  const shop = openShop(START);
  shop.customer();
  shop.customer();
  await storeEvents(services, shop.payloads);
  await services.db.pool.query(
    `UPDATE webhook_events SET body = CASE WHEN seq % 2 = 0 THEN ''::bytea ELSE '\\x0103616263'::bytea END WHERE seq < 4`,
  );
  const round = await projectWebhooks(services, START);
  expect(round).toMatchObject({ outcome: 'projected', more: false });
  expect((await waitingAt(START)).total).toBe(2);
});

test('gaps are what lies between', () => {
  expect(gapsBetween(4, [5, 6, 9, 10, 12])).toEqual([
    [7, 8],
    [11, 11],
  ]);
  expect(gapsBetween(0, [500_000])).toEqual([]);
});
