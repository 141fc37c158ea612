import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeadLetterQuery } from '../../app/features/delivery/dead-letters/dead-letter-view.ts';
import {
  deadLetterClusters,
  listDeadLetters,
} from '../../app/features/delivery/dead-letters/read-dead-letter-list.server.ts';
import { readDeadLetter } from '../../app/features/delivery/dead-letters/read-dead-letter.server.ts';
import {
  discardDeadLetters,
  restoreDeadLetters,
} from '../../app/features/delivery/dead-letters/discard-dead-letters.server.ts';
import { planReplay } from '../../app/features/delivery/replays/plan-replay.server.ts';
import { replayDeadLetters } from '../../app/features/delivery/replays/start-replay.server.ts';
import { tickReplays } from '../../app/features/delivery/replays/tick-replays.server.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { endPending, insertEvents, type InsertedEvent } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { person } from '../support/person.ts';

const minute = (n: number) => new Date(Date.parse('2026-09-22T08:00:00Z') + n * 60_000);

let services: TestServices;
let timeouts: InsertedEvent[];
let errors: InsertedEvent[];
beforeAll(async () => {
  services = await createTestServices();
  timeouts = await insertEvents(services, {
    count: 30,
    conversation: 100,
    errorClass: 'timeout',
    status: null,
    lastError: 'no answer within 10 s',
    deadAt: minute(1),
  });
  errors = await insertEvents(services, {
    count: 12,
    conversation: 200,
    event: 'conversation_updated',
    content: 'Where is order 100%?',
    deadAt: minute(5),
  });
  await insertEvents(services, {
    state: 'delivered',
    conversation: 200,
    signal: 'agent_reply',
    receivedAt: minute(6),
  });
  await insertEvents(services, {
    state: 'pending',
    conversation: 201,
    signal: 'resolved',
    receivedAt: minute(7),
  });
});
afterAll(() => services.close());

const list = (query: Partial<DeadLetterQuery> = {}) =>
  listDeadLetters(services, { state: 'open', filter: {}, sort: 'newest', page: 1, pageSize: 10, ...query });

test('pages through the open ones, newest first, with the whole number', async () => {
  const first = await list();
  expect(first).toMatchObject({ total: 42, totalIsMinimum: false, page: 1 });
  expect(first.rows.map((row) => row.id)).toEqual(
    errors
      .map((entry) => entry.id!)
      .reverse()
      .slice(0, 10),
  );
  const fifth = await list({ page: 5 });
  expect(fifth.rows.map((row) => row.id)).toEqual([timeouts[1]!.id, timeouts[0]!.id]);
  expect((await list({ sort: 'oldest', pageSize: 1 })).rows[0]).toMatchObject({
    id: timeouts[0]!.id,
    seq: timeouts[0]!.seq,
    event: 'message_created',
    conversation: '100',
    customer: 'customer 100',
    lastError: 'no answer within 10 s',
    errorClass: 'timeout',
    status: null,
    cause: 'timeout|-|message_created',
    attempts: 1,
    deadAt: minute(1),
    receivedAt: minute(0),
    state: 'dead',
    replayId: null,
  });
  expect((await list({ pageSize: 5000 })).pageSize).toBe(100);
});

test.each<[DeadLetterQuery['filter'], number]>([
  [{ event: 'conversation_updated' }, 12],
  [{ errorClass: 'timeout' }, 30],
  [{ status: 503 }, 12],
  [{ cause: 'timeout|-|message_created' }, 30],
  [{ conversation: '205' }, 1],
  [{ conversation: '2:205' }, 1],
  [{ since: minute(4).toISOString() }, 12],
  [{ until: minute(4).toISOString() }, 30],
  [{ since: minute(1).toISOString(), until: minute(1).toISOString() }, 0],
  [{ text: 'NO ANSWER' }, 30],
  [{ text: '100%?' }, 12],
  [{ text: '1_0%' }, 0],
  [{ event: 'message_created', status: 503 }, 0],
])('filter %j finds %d', async (filter, total) => {
  const page = await list({ filter, pageSize: 100 });
  expect(page.total).toBe(total);
  expect(page.rows).toHaveLength(total);
});

test('says what happened in the conversation since', async () => {
  const { rows } = await list({ filter: { event: 'conversation_updated' }, sort: 'oldest', pageSize: 3 });
  expect(rows.map((row) => [row.answeredSince, row.resolvedSince, row.newerDelivered])).toEqual([
    [true, false, true],
    [false, true, false],
    [false, false, false],
  ]);
});

test('an answer outdates only the entries before it', async () => {
  const event = 'contact_updated';
  const [before] = await insertEvents(services, { conversation: 300, event });
  await insertEvents(services, { conversation: 300, state: 'delivered', signal: 'agent_reply' });
  const [after] = await insertEvents(services, { conversation: 300, event });
  const { rows } = await list({ filter: { event }, sort: 'oldest' });
  expect(rows.map((row) => [row.id, row.answeredSince, row.newerDelivered])).toEqual([
    [before!.id, true, true],
    [after!.id, false, false],
  ]);
  const plan = await planReplay(services, { selection: { filter: { event } }, skipAnswered: true });
  expect(plan).toMatchObject({ count: 2, conversations: 1, wouldSkip: 1, stale: { answered: 1, any: 1 } });
  await services.db.pool.query('DELETE FROM deliveries WHERE conversation_id = $1', ['300']);
  await services.db.pool.query('DELETE FROM webhook_events WHERE conversation_key = $1', ['2:300']);
});

test('groups by cause, biggest first', async () => {
  expect(await deadLetterClusters(services)).toMatchObject([
    { cause: 'timeout|-|message_created', errorClass: 'timeout', status: null, count: 30, conversations: 30 },
    { cause: 'http_5xx|503|conversation_updated', status: 503, count: 12, newestAt: minute(5) },
  ]);
  expect(await deadLetterClusters(services, 1)).toHaveLength(1);
});

test('the detail tells the payload, the attempts, what happened since and every replay', async () => {
  const entry = errors[0]!;
  const detail = (await readDeadLetter(services, entry.id!))!;
  expect(detail).toMatchObject({
    entry: 'open',
    conversation: '200',
    errorClass: 'http_5xx',
    status: 503,
    attempts: [{ number: 1, outcome: 'http_5xx', status: 503, response: 'answer' }],
    since: { newerDelivered: 1, answeredAt: minute(6), resolvedAt: null },
    delivery: { state: 'dead', deadLetter: entry.id },
    replays: [],
  });
  expect(detail.payload?.text).toContain('"content": "Where is order 100%?"');
  expect(detail.headers).toEqual([['content-type', 'application/json']]);

  const first = await replayDeadLetters(services, {
    selection: { ids: [entry.id!] },
    actor: person('Mara'),
    reason: 'fixed',
    mode: 'normal',
    skipAnswered: false,
    now: minute(10),
  });
  await services.db.pool.query(
    `UPDATE deliveries SET state = 'delivered', finished_at = received_at WHERE state = 'pending'`,
  );
  await tickReplays(services, minute(10));
  await endPending(services, () => 'dead', minute(11));
  expect(await readDeadLetter(services, entry.id!)).toMatchObject({
    entry: 'replayed',
    delivery: { state: 'dead' },
    replays: [
      {
        replayId: first.outcome === 'started' ? first.replayId : 0,
        deadLetter: entry.id,
        createdBy: 'Mara',
        reason: 'fixed',
        outcome: 'dead',
        releasedAt: minute(10),
        finishedAt: minute(11),
      },
    ],
  });
  const replayed = await list({ state: 'replayed' });
  expect(replayed).toMatchObject({ total: 1, rows: [{ id: entry.id, state: 'dead', replayId: null }] });
  expect((await list({ filter: { conversation: '200' } })).rows[0]!.id).not.toBe(entry.id);
});

test('no detail of what is not a dead letter', async () => {
  expect(await readDeadLetter(services, 999_999)).toBeNull();
  const other = await services.db.prisma.dashboardFact.findFirstOrThrow({
    where: { factType: 'support.webhook.replay' },
  });
  expect(await readDeadLetter(services, Number(other.id))).toBeNull();
});

test('discard needs a person and a reason, is listed, and is taken back', async () => {
  const before = await list({ filter: { errorClass: 'timeout' } });
  const selection = { ids: [timeouts[3]!.id!, timeouts[4]!.id!] };
  const now = minute(20);
  expect(await discardDeadLetters(services, { selection, actor: person('Ada'), reason: ' \n', now })).toEqual(
    {
      outcome: 'reason_missing',
    },
  );
  expect((await list({ filter: { errorClass: 'timeout' } })).total).toBe(before.total);

  expect(
    await discardDeadLetters(services, { selection, actor: person('Ada'), reason: 'spam', now }),
  ).toEqual({
    outcome: 'discarded',
    count: 2,
    inReplay: 0,
  });
  expect(
    await discardDeadLetters(services, { selection, actor: person('Ada'), reason: 'spam', now }),
  ).toEqual({
    outcome: 'nothing_to_discard',
  });
  expect((await list({ filter: { errorClass: 'timeout' } })).total).toBe(before.total - 2);
  const discarded = await list({ state: 'discarded' });
  expect(discarded).toMatchObject({
    total: 2,
    rows: [{ id: timeouts[4]!.id, discardedBy: 'Ada', discardReason: 'spam', state: 'discarded' }, {}],
  });
  expect(await readDeadLetter(services, timeouts[4]!.id!)).toMatchObject({
    entry: 'discarded',
    discarded: { by: 'Ada', reason: 'spam', at: now },
  });
  expect((await countLedger(services.db.pool)).discarded).toBe(2);
  expect((await countLedger(services.db.pool)).balanced).toBe(true);

  const ids = [timeouts[4]!.id!];
  expect(await restoreDeadLetters(services, { ids, actor: person('Ada'), reason: 'not spam', now })).toEqual({
    outcome: 'restored',
    ids,
  });
  expect(await restoreDeadLetters(services, { ids, actor: person('Ada'), now })).toEqual({
    outcome: 'not_discarded',
  });
  expect(await readDeadLetter(services, ids[0]!)).toMatchObject({
    entry: 'open',
    discarded: null,
    delivery: { finishedAt: minute(1) },
  });
  expect(await list({ state: 'discarded' })).toMatchObject({ total: 1 });
  const facts = await services.db.prisma.dashboardFact.findMany({
    where: { factType: { in: ['support.webhook.discard', 'support.webhook.restore'] } },
    orderBy: { id: 'asc' },
  });
  expect(facts.map(({ factType, value, metadata }) => [factType, value, metadata])).toEqual([
    [
      'support.webhook.discard',
      { deadLetter: timeouts[3]!.id, seq: timeouts[3]!.seq },
      { actor: 'Ada', reason: 'spam' },
    ],
    [
      'support.webhook.discard',
      { deadLetter: timeouts[4]!.id, seq: timeouts[4]!.seq },
      { actor: 'Ada', reason: 'spam' },
    ],
    [
      'support.webhook.restore',
      { deadLetter: timeouts[4]!.id, seq: timeouts[4]!.seq },
      { actor: 'Ada', reason: 'not spam' },
    ],
  ]);
});
