import { afterEach, expect, test } from 'vitest';
import {
  holdMessages,
  narrowHold,
  releaseMessages,
} from '../../app/features/delivery/hold-messages.server.ts';
import { replayDeadLetters } from '../../app/features/delivery/replays/start-replay.server.ts';
import { pauseDeliveries, resumeDeliveries } from '../../app/features/delivery/delivery-gate.server.ts';
import { openIntake } from '../../app/features/intake/open-intake.server.ts';
import type { Intake } from '../../app/features/intake/intake.ts';
import { exampleMessageBody } from '../support/examples.ts';
import { person } from '../support/person.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

const T0 = Date.UTC(2026, 10, 29, 14);

let world: World;
let intake: Intake;
let arrived: { id: number; event: string; at: number; late: string | undefined }[];
afterEach(async () => {
  await intake.stop();
  await world.close();
});

async function open(env: Record<string, string> = {}) {
  world = await createWorld(env);
  intake = openIntake(world.services);
  arrived = [];
  world.agent.setBehaviour(({ body, headers }) => {
    const { id, event } = JSON.parse(body.toString('utf8')) as { id: number; event: string };
    arrived.push({ id, event, at: performance.now(), late: headers['x-webhook-late'] });
    return undefined;
  });
}

/** No comparison is due any more: one that finds no Chatwoot lets go at once what is held. */
const everythingIsCompared = () =>
  world.services.db.pool.query(
    `INSERT INTO reconciliations (since, until, cause, state, started_at, listed_at, finished_at)
     VALUES ('2000-01-01', now() + interval '1 hour', 'clock', 'done', now(), now(), now())`,
  );

let receipts = 0;
/** An event of a conversation comes in; a message was written `id` seconds after T0 unless said otherwise. */
async function receive(id: number, more: { conversation?: number; event?: string; at?: number } = {}) {
  const { conversation = 1, event = 'message_created', at = T0 + id * 1000 } = more;
  const message = JSON.parse(
    exampleMessageBody({ conversationId: conversation, messageId: id, at }),
  ) as Record<string, unknown> & { conversation: object };
  const payload = event.startsWith('message')
    ? { ...message, event }
    : { ...message.conversation, event, updated_at: T0 / 1000 + ++receipts };
  const outcome = await intake.receive({
    headers: { 'content-type': 'application/json', 'x-chatwoot-delivery': `receipt-${++receipts}` },
    token: null,
    body: Buffer.from(JSON.stringify(payload)),
    receivedAt: intake.now(),
  });
  expect(outcome.kind).toBe('accepted');
}

const ids = () => arrived.map(({ id }) => id);
const allArrived = (n: number) => until(`${n} events have arrived`, () => arrived.length >= n, 30_000);

async function late(): Promise<number> {
  const { rows } = await world.services.db.pool.query<{ n: number }>(
    "SELECT COALESCE(sum(n), 0)::int AS n FROM fact_rollups WHERE metric = 'order' AND label = 'late' AND resolution = 'total'",
  );
  return rows[0]!.n;
}

test('messages that overtook each other go out as they were written, each not before it has settled', async () => {
  await open({ DELIVERY_SETTLE_MS: '1500' });
  await world.startWorker();
  const receivedAt: Record<number, number> = {};
  for (const id of [3, 1, 5, 2, 4]) {
    receivedAt[id] = performance.now();
    await receive(id);
  }
  await allArrived(5);
  expect(ids()).toEqual([1, 2, 3, 4, 5]);
  for (const { id, at } of arrived) expect(at - receivedAt[id]!).toBeGreaterThanOrEqual(1490);
  expect(await late()).toBe(0);
});

test('within a second the number decides, whatever fraction one of them knows', async () => {
  await open({ DELIVERY_SETTLE_MS: '1000' });
  await world.startWorker();
  await receive(8, { at: T0 });
  await receive(7, { at: T0 + 900 });
  await allArrived(2);
  expect(ids()).toEqual([7, 8]);
});

test('an update never goes out before its message, and holds up nobody while it settles', async () => {
  await open({ DELIVERY_SETTLE_MS: '1500' });
  await world.startWorker();
  await receive(2, { event: 'message_updated' });
  await receive(2);
  await receive(1);
  await allArrived(3);
  expect(arrived.map(({ id, event }) => `${id} ${event}`)).toEqual([
    '1 message_created',
    '2 message_created',
    '2 message_updated',
  ]);
});

test('other events, and what else a conversation tells, are not slowed down', async () => {
  await open({ DELIVERY_SETTLE_MS: '10000' });
  await world.startWorker();
  await receive(1, { conversation: 1 });
  await receive(0, { conversation: 1, event: 'conversation_updated' });
  await receive(0, { conversation: 2, event: 'conversation_created' });
  await allArrived(2);
  expect(arrived.map(({ event }) => event).sort()).toEqual(['conversation_created', 'conversation_updated']);
  expect(arrived.some(({ event }) => event === 'message_created')).toBe(false);
});

test('with 0 nothing waits; what comes later still goes out at once, marked and counted', async () => {
  await open({ DELIVERY_SETTLE_MS: '0' });
  await world.startWorker();
  await receive(2);
  await allArrived(1);
  await until('it is recorded', async () => (await world.states()).delivered === 1);
  await receive(1);
  await allArrived(2);
  await receive(3);
  await allArrived(3);
  expect(arrived.map(({ id, late: mark }) => [id, mark])).toEqual([
    [2, undefined],
    [1, 'true'],
    [3, undefined],
  ]);
  await until('it is counted', async () => (await late()) === 1);
});

test('a conversation that is held lets its other events pass and waits for what was missing', async () => {
  await open({ DELIVERY_SETTLE_MS: '0' });
  const { pool } = world.services.db;
  await everythingIsCompared();
  await holdMessages(pool, { ms: 60_000 });
  await narrowHold(pool, ['2:1']);
  const { rows } = await pool.query<{ s: number }>(
    'SELECT extract(epoch FROM until - now())::float8 AS s FROM delivery_holds',
  );
  for (const { s } of rows) expect(s).toBeLessThanOrEqual(20);
  await world.startWorker();
  await receive(5);
  await receive(6);
  await receive(9, { conversation: 2 });
  await receive(0, { event: 'conversation_updated' });
  await allArrived(2);
  expect(ids().sort()).toEqual([1, 9]);
  await receive(4);
  await releaseMessages(pool, ['2:1']);
  world.services.changes.announce('work');
  await allArrived(5);
  expect(ids().slice(2)).toEqual([4, 5, 6]);
  arrived.length = 0;
  await holdMessages(pool, { ms: 1500 });
  await receive(7);
  await receive(10, { conversation: 2 });
  expect(arrived).toEqual([]);
  await allArrived(2);
});

test('of holds one after another each holds what comes in it, and no event waits longer than 20 s altogether', async () => {
  await open({ DELIVERY_SETTLE_MS: '0' });
  const { pool } = world.services.db;
  await everythingIsCompared();
  await holdMessages(pool);
  await receive(1, { conversation: 1 });
  await receive(2, { conversation: 2 });
  const shift = (message: number, seconds: number) =>
    pool.query(`UPDATE deliveries SET received_at = now() - $2 * interval '1 second' WHERE message_id = $1`, [
      message,
      seconds,
    ]);
  // The first hold began 21 s ago and was over after 3 s; the second begins now.
  await pool.query(
    `UPDATE delivery_holds SET held_at = now() - interval '21 seconds', began_at = now() - interval '21 seconds', until = now() - interval '18 seconds'`,
  );
  await shift(1, 20);
  await shift(2, 2);
  await holdMessages(pool);
  await world.startWorker();
  await allArrived(1);
  expect(ids()).toEqual([1]);
  await receive(3, { conversation: 3 });
  await shift(2, 21);
  world.services.changes.announce('work');
  await allArrived(2);
  expect(ids()).toEqual([1, 2]);
  await releaseMessages(pool, 'all');
  world.services.changes.announce('work');
  await allArrived(3);
});

test('time in which nobody could send is no wait for what is missing', async () => {
  await open({ DELIVERY_SETTLE_MS: '0' });
  const { pool } = world.services.db;
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
  /** Seconds for which the longest waiting have been held. */
  const heldFor = async () => {
    const { rows } = await pool.query<{ s: number }>(
      'SELECT extract(epoch FROM now() - began_at)::float8 AS s FROM delivery_holds',
    );
    return rows[0]!.s;
  };
  await everythingIsCompared();
  await holdMessages(pool);
  await receive(1);
  // They were held for 3 s when the app was killed; 50 s later it is back.
  await pool.query(
    `UPDATE delivery_holds SET held_at = now() - interval '53 seconds', began_at = now() - interval '53 seconds', until = now() - interval '33 seconds'`,
  );
  await pool.query(`UPDATE deliveries SET received_at = now() - interval '52 seconds'`);
  await holdMessages(pool, { nobodySince: ago(50) });
  expect(await heldFor()).toBeGreaterThan(2);
  expect(await heldFor()).toBeLessThan(8);
  await world.startWorker();
  await receive(0, { event: 'conversation_updated' });
  await allArrived(1);
  expect(arrived.map(({ event }) => event)).toEqual(['conversation_updated']);
  // Held again while somebody lived: that counts.
  await pool.query(
    `UPDATE delivery_holds SET held_at = now() - interval '1 second', began_at = now() - interval '21 seconds'`,
  );
  await pool.query(`UPDATE deliveries SET received_at = now() - interval '1 minute' WHERE message_id = 1`);
  await holdMessages(pool, { nobodySince: null });
  expect(await heldFor()).toBeGreaterThan(20);
  world.services.changes.announce('work');
  await allArrived(2);
});

test('what a pause held, and what a replay releases, keep the order of writing', async () => {
  await open({ DELIVERY_SETTLE_MS: '0' });
  const { pool } = world.services.db;
  const client = await pool.connect();
  await pauseDeliveries(client, { by: 'Ada', reason: 'fallback', now: new Date() });
  await world.startWorker();
  for (const id of [14, 12, 13, 11]) await receive(id);
  await resumeDeliveries(client, new Date());
  client.release();
  await allArrived(4);
  expect(ids()).toEqual([11, 12, 13, 14]);

  arrived.length = 0;
  world.agent.setBehaviour(() => ({ mode: 'status', status: 422 }));
  for (const id of [24, 22, 23, 21]) await receive(id, { conversation: 2 });
  await until('all are dead letters', async () => (await world.states()).dead === 4);
  world.agent.setBehaviour(({ messageId }) => {
    arrived.push({ id: messageId!, event: '', at: 0, late: undefined });
    return undefined;
  });
  await replayDeadLetters(world.services, {
    selection: { all: true },
    actor: person('Ada'),
    reason: undefined,
    mode: 'careful',
    ratePerSecond: 10,
    skipAnswered: false,
    now: new Date(),
  });
  await allArrived(4);
  expect(ids()).toEqual([21, 22, 23, 24]);
});

test('a message that waits for its retry holds up what was written after it, not what was written before', async () => {
  await open({ DELIVERY_SETTLE_MS: '0', CHATWOOT_WEBHOOK_BASE_DELAY_MS: '3000' });
  const decide = new Map([[2, 1]]);
  const seen: number[] = [];
  world.agent.setBehaviour(({ messageId }) => {
    const left = decide.get(messageId!) ?? 0;
    decide.set(messageId!, left - 1);
    seen.push(messageId!);
    return left > 0 ? { mode: 'status', status: 503 } : undefined;
  });
  await world.startWorker();
  await receive(2);
  await until('it failed once', () => seen.length === 1);
  await receive(3);
  await receive(1);
  await until('all are delivered', async () => (await world.states()).delivered === 3, 20_000);
  expect(seen).toEqual([2, 1, 2, 3]);
});
