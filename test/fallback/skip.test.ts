import { afterEach, beforeEach, expect, test } from 'vitest';
import { listDeadLetters } from '../../app/features/delivery/dead-letters/read-dead-letter-list.server.ts';
import { listFallbackRuns } from '../../app/features/fallback/read-fallback.server.ts';
import { planFallback } from '../../app/features/fallback/plan-fallback.server.ts';
import { restoreSkipped } from '../../app/features/fallback/steps/change-steps.server.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { readLedger } from '../support/ledger.ts';
import { insertEvents, type EventSpec } from '../support/dead-letters.ts';
import { storeEvents } from '../waiting/store-events.ts';
import { told } from '../waiting/told.ts';
import { ADA, createFallbackWorld, type FallbackWorld } from './world.ts';

let world: FallbackWorld;
beforeEach(async () => (world = await createFallbackWorld()));
afterEach(() => world.close());

const T0 = Date.parse('2026-09-22T05:00:00Z');
const minute = (n: number) => new Date(T0 + n * 60_000);

const arrive = async (conversation: number, at: Date, signal: EventSpec['signal'] = 'customer_message') =>
  (await insertEvents(world.services, { state: 'pending', conversation, signal, receivedAt: at }))[0]!.seq;

const stateOf = async (seq: number) =>
  (await world.services.db.prisma.delivery.findUniqueOrThrow({ where: { seq } })).state;

const ledger = async () => {
  const { pool } = world.services.db;
  const { unmatched, ...counted } = await countLedger(pool);
  expect(unmatched).toBe(0);
  expect(await readLedger(pool)).toEqual(counted);
  return counted;
};

test('messages that a person answered are left out by name, listed, in a ledger that balances', async () => {
  const waited = await arrive(1, minute(-5));
  await world.toggle({ to: 'on', now: minute(0) });
  const answered = await arrive(2, minute(1));
  const unanswered = await arrive(3, minute(2));
  const reply = await arrive(2, minute(3), 'agent_reply');
  const again = await arrive(2, minute(4));
  await arrive(1, minute(5), 'agent_reply');
  expect(await ledger()).toMatchObject({ received: 6, held: 6, pending: 0, balanced: true });
  expect((await planFallback(world.services, { direction: 'off', now: minute(9) })).skipped).toBe(2);

  const outcome = await world.toggle({ to: 'off', now: minute(10) });
  expect(outcome).toMatchObject({ outcome: 'switched', skipped: 2, held: 4 });
  expect(await Promise.all([waited, answered, unanswered, reply, again].map(stateOf))).toEqual([
    'discarded',
    'discarded',
    'pending',
    'pending',
    'pending',
  ]);
  expect(await ledger()).toMatchObject({ received: 6, pending: 4, held: 0, discarded: 2, balanced: true });
  const kept = await world.services.db.prisma.delivery.findUniqueOrThrow({ where: { seq: answered } });
  expect(kept).toMatchObject({ discardedBy: 'Ada', discardReason: 'answered by a person during fallback' });

  const [run] = await listFallbackRuns(world.services);
  expect(run!.skipped).toEqual([
    expect.objectContaining({ seq: waited, conversation: '1', answeredAt: minute(5).toISOString() }),
    expect.objectContaining({
      seq: answered,
      conversation: '2',
      customer: 'customer 2',
      answeredAt: minute(3).toISOString(),
      restoredAt: null,
    }),
  ]);
  // They never were dead letters: the list of discarded ones and its count agree.
  const listed = await listDeadLetters(world.services, {
    state: 'discarded',
    filter: {},
    sort: 'newest',
    page: 1,
    pageSize: 25,
  });
  expect(listed).toMatchObject({ rows: [], total: 0 });
});

test('an answer before fallback, one before the message, one that is in flight, and a replay somebody asked for leave nothing out', async () => {
  const early = await arrive(1, minute(-5));
  await arrive(1, minute(-4), 'agent_reply');
  await world.toggle({ to: 'on', now: minute(0) });
  await arrive(2, minute(1), 'agent_reply');
  const later = await arrive(2, minute(2));
  const inFlight = await arrive(3, minute(1));
  await arrive(3, minute(2), 'agent_reply');
  const replayed = await arrive(4, minute(1));
  await arrive(4, minute(2), 'agent_reply');
  const { pool } = world.services.db;
  await pool.query(
    `INSERT INTO leases (seq, conversation_key, owner) VALUES ($1, '2:3', gen_random_uuid())`,
    [inFlight],
  );
  await pool.query(`UPDATE deliveries SET replay_id = 7 WHERE seq = $1`, [replayed]);
  expect(await world.toggle({ to: 'off', now: minute(10) })).toMatchObject({ skipped: 0 });
  expect(await Promise.all([early, later, inFlight, replayed].map(stateOf))).toEqual(
    Array(4).fill('pending'),
  );
});

test('what was left out can be sent on: one or all, once, by a named person', async () => {
  await world.toggle({ to: 'on', now: minute(0) });
  const seqs: number[] = [];
  for (let conversation = 1; conversation <= 3; conversation += 1) {
    seqs.push(await arrive(conversation, minute(1)));
    await arrive(conversation, minute(2), 'agent_reply');
  }
  await world.toggle({ to: 'off', now: minute(3) });
  const restore = (which: number[] | 'all') =>
    restoreSkipped(world.services, { runId: 1, seqs: which, actor: ADA, now: minute(4) });
  expect(await restore([seqs[1]!])).toEqual({ outcome: 'restored', count: 1 });
  expect(await restore([seqs[1]!])).toEqual({ outcome: 'nothing_to_restore' });
  expect(await Promise.all(seqs.map(stateOf))).toEqual(['discarded', 'pending', 'discarded']);
  expect(await ledger()).toMatchObject({ discarded: 2, pending: 4, balanced: true });
  expect(await restore('all')).toEqual({ outcome: 'restored', count: 2 });
  expect(await ledger()).toMatchObject({ discarded: 0, pending: 6, balanced: true });
  const [run] = await listFallbackRuns(world.services);
  expect(run!.skipped.every(({ restoredBy }) => restoredBy === 'Ada')).toBe(true);
});

/** Conversation 7 of before Chatwoot was put back from a backup, and of after it. */
const [BEFORE, AFTER] = [minute(-60), minute(2)];
const comes = (
  recording: string,
  began: Date,
  written: number,
  message: number,
  receivedAt = minute(written),
) =>
  storeEvents(
    world.services,
    [told(recording, { conversation: 7, message, at: minute(written), began })],
    receivedAt,
  );
const ASKS = 'message_created-incoming-widget';
const ANSWERS = 'message_created-outgoing-agent';
const states = async () =>
  (
    await world.services.db.pool.query<{ id: number; state: string }>(
      'SELECT message_id AS id, state FROM deliveries ORDER BY seq',
    )
  ).rows.map(({ id, state }) => `${id} ${state}`);

test('an answer under a number that was given out again answers nobody in the conversation before', async () => {
  await world.toggle({ to: 'on', now: minute(0) });
  await comes(ASKS, BEFORE, 1, 70);
  await comes(ASKS, AFTER, 3, 66);
  await comes(ANSWERS, AFTER, 4, 67);
  expect((await planFallback(world.services, { direction: 'off', now: minute(9) })).skipped).toBe(1);
  expect(await world.toggle({ to: 'off', now: minute(10) })).toMatchObject({ skipped: 1, held: 2 });
  expect(await states()).toEqual(['70 pending', '66 discarded', '67 pending']);
});

test('an answer of the conversation before, which comes late, answers nobody in the one that has its number now', async () => {
  await world.toggle({ to: 'on', now: minute(0) });
  await comes(ASKS, AFTER, 3, 66);
  await comes(ANSWERS, BEFORE, 1, 71, minute(4));
  expect((await planFallback(world.services, { direction: 'off', now: minute(9) })).skipped).toBe(0);
  expect(await world.toggle({ to: 'off', now: minute(10) })).toMatchObject({ skipped: 0, held: 2 });
  expect(await states()).toEqual(['66 pending', '71 pending']);
});
