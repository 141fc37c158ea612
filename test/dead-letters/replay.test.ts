import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  cancelReplay,
  pauseReplay,
  resumeReplay,
} from '../../app/features/delivery/replays/control-replay.server.ts';
import { readDeadLetter } from '../../app/features/delivery/dead-letters/read-dead-letter.server.ts';
import { listDeadLetters } from '../../app/features/delivery/dead-letters/read-dead-letter-list.server.ts';
import { discardDeadLetters } from '../../app/features/delivery/dead-letters/discard-dead-letters.server.ts';
import { planReplay } from '../../app/features/delivery/replays/plan-replay.server.ts';
import {
  replayDeadLetters,
  type ReplayRequest,
} from '../../app/features/delivery/replays/start-replay.server.ts';
import { recentReplays, replayProgress } from '../../app/features/delivery/replays/read-replays.server.ts';
import { tickReplays } from '../../app/features/delivery/replays/tick-replays.server.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { endPending, insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { person } from '../support/person.ts';
import { emptied } from '../support/empty-tables.ts';

let services: TestServices;
beforeAll(async () => (services = await createTestServices()));
afterAll(() => services.close());
beforeEach(async () => {
  await services.db.pool.query(
    emptied(
      'webhook_events, deliveries, attempts, dashboard_facts, fact_rollups, replays, replay_items, leases',
    ),
  );
});

const T0 = new Date('2026-09-22T10:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);

function replay(request: Partial<ReplayRequest> & Pick<ReplayRequest, 'selection'>) {
  return replayDeadLetters(services, {
    actor: person('Mara'),
    mode: 'normal',
    skipAnswered: false,
    now: T0,
    ...request,
  });
}

async function started(request: Partial<ReplayRequest> & Pick<ReplayRequest, 'selection'>) {
  const outcome = await replay(request);
  if (outcome.outcome !== 'started') throw new Error(`expected a start, got ${outcome.outcome}`);
  return outcome;
}

async function progressOf(replayId: number) {
  return (await replayProgress(services, replayId, T0))!;
}

async function states(): Promise<Record<string, number>> {
  const { rows } = await services.db.pool.query<{ state: string; n: number }>(
    'SELECT state, count(*) AS n FROM deliveries GROUP BY state',
  );
  return Object.fromEntries(rows.map((row) => [row.state, row.n]));
}

async function factsOf(replayId: number): Promise<[string, number][]> {
  const { rows } = await services.db.pool.query<{ action: string; count: number }>(
    `SELECT value->>'action' AS action, (value->>'count')::int AS count FROM dashboard_facts
     WHERE fact_type = 'support.webhook.replay' AND (value->>'replayId')::int = $1 ORDER BY id`,
    [replayId],
  );
  return rows.map((row) => [row.action, row.count]);
}

describe('starting', () => {
  test('a double click replays once', async () => {
    const [entry] = await insertEvents(services);
    const first = await replay({ selection: { ids: [entry!.id!] } });
    expect(first).toMatchObject({ outcome: 'started', total: 1, alreadyReplayed: 0 });
    expect(await replay({ selection: { ids: [entry!.id!] } })).toEqual({
      outcome: 'already_replayed',
      ids: [entry!.id!],
    });
    await tickReplays(services, T0);
    expect(await replay({ selection: { ids: [entry!.id!] } })).toMatchObject({ outcome: 'already_replayed' });
    expect(await services.db.prisma.replay.count()).toBe(1);
  });

  test('of simultaneous clicks on overlapping entries each entry goes to one', async () => {
    const entries = await insertEvents(services, { count: 60 });
    const ids = entries.map((entry) => entry.id!);
    const outcomes = await Promise.all([
      replay({ selection: { ids } }),
      replay({ selection: { ids: [...ids].reverse() } }),
      replay({ selection: { all: true } }),
      replay({ selection: { filter: { event: 'message_created' } } }),
    ]);
    expect(outcomes.map((one) => one.outcome).sort()).toEqual([
      'already_replayed',
      'already_replayed',
      'already_replayed',
      'started',
    ]);
    expect(await services.db.prisma.replayItem.count()).toBe(60);
    await tickReplays(services, T0);
    const again = await services.db.pool.query('SELECT 1 FROM deliveries WHERE run > 2');
    expect(again.rowCount).toBe(0);
  });

  test('an entry that died again is a new entry', async () => {
    const [entry] = await insertEvents(services);
    const first = await started({ selection: { ids: [entry!.id!] } });
    await tickReplays(services, T0);
    await endPending(services, () => 'dead', at(1));
    expect(await progressOf(first.replayId)).toMatchObject({ dead: 1, delivered: 0 });
    expect(await replay({ selection: { ids: [entry!.id!] } })).toMatchObject({ outcome: 'already_replayed' });
    const now = await services.db.prisma.delivery.findUniqueOrThrow({ where: { seq: entry!.seq } });
    expect(Number(now.deadFactId)).toBeGreaterThan(entry!.id!);
    const second = await started({ selection: { ids: [Number(now.deadFactId)] } });
    await tickReplays(services, at(2));
    await endPending(services, () => 'delivered', at(3));
    await tickReplays(services, at(4));
    expect(await progressOf(second.replayId)).toMatchObject({ state: 'done', delivered: 1 });
    expect((await countLedger(services.db.pool)).balanced).toBe(true);
  });

  test('says what it cannot replay and why', async () => {
    expect(await replay({ selection: { ids: [999_999] } })).toEqual({ outcome: 'not_found' });
    expect(await replay({ selection: { all: true } })).toEqual({ outcome: 'nothing_to_replay' });
    const [discarded] = await insertEvents(services, { state: 'discarded' });
    expect(await replay({ selection: { ids: [discarded!.id!] } })).toEqual({
      outcome: 'discarded',
      ids: [discarded!.id!],
    });
    expect(await replay({ selection: { filter: { event: 'none_such' } } })).toEqual({
      outcome: 'nothing_to_replay',
    });
    expect(await services.db.prisma.replay.count()).toBe(0);
    const facts = await services.db.prisma.dashboardFact.count({
      where: { factType: 'support.webhook.replay' },
    });
    expect(facts).toBe(0);
  });

  test('a selection of old and open entries replays the open ones and counts the rest', async () => {
    const entries = await insertEvents(services, { count: 3 });
    const ids = entries.map((entry) => entry.id!);
    await started({ selection: { ids: [ids[0]!] } });
    expect(await replay({ selection: { ids: [...ids, 777_777] } })).toMatchObject({
      outcome: 'started',
      total: 2,
      alreadyReplayed: 1,
    });
  });

  test('a filter covers what is beyond the page and leaves the rest alone', async () => {
    await insertEvents(services, {
      count: 150,
      event: 'conversation_updated',
      errorClass: 'timeout',
      status: null,
    });
    await insertEvents(services, { count: 7, event: 'message_created' });
    const { total } = await started({
      selection: { filter: { event: 'conversation_updated', errorClass: 'timeout' } },
      ratePerSecond: null,
    });
    expect(total).toBe(150);
    while (await tickReplays(services, T0));
    expect(await states()).toEqual({ pending: 150, dead: 7 });
  });

  test('defaults to 50 a second for several and no limit for one', async () => {
    const entries = await insertEvents(services, { count: 3 });
    const one = await started({ selection: { ids: [entries[0]!.id!] } });
    const bulk = await started({ selection: { all: true } });
    expect((await progressOf(one.replayId)).ratePerSecond).toBeNull();
    expect((await progressOf(bulk.replayId)).ratePerSecond).toBe(50);
  });
});

describe('while the Agent service still rejects what it is sent', () => {
  /** Seconds before T0 at which it refused, or took, one message. */
  const answered = (label: 'permanent' | 'ok', seconds: number) =>
    services.db.pool.query(
      `INSERT INTO fact_rollups (resolution, bucket, metric, label, n) VALUES ('second', $1, 'breaker', $2, 1)`,
      [at(-seconds), label],
    );

  test('several are replayed carefully or not at all, and one alone as somebody wishes', async () => {
    const entries = await insertEvents(services, { count: 3 });
    await answered('permanent', 30);
    expect(await replay({ selection: { all: true } })).toEqual({ outcome: 'still_rejects', refused: 1 });
    expect(await states()).toEqual({ dead: 3 });
    expect(await services.db.prisma.replay.count()).toBe(0);
    await started({ selection: { ids: [entries[0]!.id!] } });
    await started({ selection: { all: true }, mode: 'careful' });
  });

  test('once it takes messages again, all go in one go', async () => {
    await insertEvents(services, { count: 3 });
    await answered('permanent', 30);
    for (const seconds of [20, 19, 18]) await answered('ok', seconds);
    await started({ selection: { all: true } });
  });

  test('a paused replay is not resumed into refusals, unless it is a careful one', async () => {
    await insertEvents(services, { count: 3 });
    const actor = person('Mara');
    const { replayId } = await started({ selection: { all: true } });
    await pauseReplay(services, { replayId, actor, now: T0 });
    await answered('permanent', 30);
    expect(await resumeReplay(services, { replayId, actor, now: T0 })).toEqual({
      outcome: 'still_rejects',
      refused: 1,
    });
    expect((await progressOf(replayId)).state).toBe('paused');
    await cancelReplay(services, { replayId, actor, now: T0 });
    const careful = await started({ selection: { all: true }, mode: 'careful' });
    const request = { replayId: careful.replayId, actor, now: T0 };
    await pauseReplay(services, request);
    expect(await resumeReplay(services, request)).toMatchObject({ outcome: 'resumed' });
  });
});

describe('releasing', () => {
  test('keeps the rate, oldest first, and gives every entry a new run with a fresh budget', async () => {
    const entries = await insertEvents(services, { count: 30 });
    await started({ selection: { all: true }, ratePerSecond: 10 });
    await tickReplays(services, at(0));
    expect((await states()).pending).toBe(1);
    await tickReplays(services, at(0.5));
    expect((await states()).pending).toBe(6);
    for (const second of [0.6, 0.7, 0.8, 0.9, 1.0]) await tickReplays(services, at(second));
    expect((await states()).pending).toBe(11);
    // A worker that was away for a minute does not make up for it in a burst.
    await tickReplays(services, at(61));
    expect((await states()).pending).toBe(21);
    const released = await services.db.prisma.delivery.findMany({
      where: { state: 'pending' },
      orderBy: { seq: 'asc' },
    });
    expect(released.map((row) => Number(row.seq))).toEqual(entries.slice(0, 21).map((entry) => entry.seq));
    expect(released[0]).toMatchObject({
      run: 2,
      attempts: 0,
      attemptsTotal: 1,
      deadFactId: null,
      finishedAt: null,
    });
  });

  test('10,000 entries without a rate go out in a few ticks and finish as one', async () => {
    await insertEvents(services, { count: 10_000, conversations: 2000 });
    const { replayId, total } = await started({ selection: { all: true }, ratePerSecond: null });
    expect(total).toBe(10_000);
    let ticks = 0;
    while (await tickReplays(services, T0)) ticks += 1;
    expect(ticks).toBe(10);
    await services.db.pool.query(
      `UPDATE deliveries SET state = 'delivered', finished_at = now();
       UPDATE replay_items SET outcome = 'delivered', finished_at = now()`,
    );
    await tickReplays(services, T0);
    expect(await progressOf(replayId)).toMatchObject({ state: 'done', delivered: 10_000, waiting: 0 });
    expect(await factsOf(replayId)).toEqual([
      ['created', 10_000],
      ['done', 10_000],
    ]);
  });

  test('one that the database refuses to go on with holds up no other', async () => {
    const [one, other] = await insertEvents(services, { count: 2 });
    const odd = await started({ selection: { ids: [one!.id!] } });
    const fine = await started({ selection: { ids: [other!.id!] } });
    await services.db.pool.query(
      `ALTER TABLE replays ADD CONSTRAINT odd CHECK (id <> ${odd.replayId} OR allowance < -1) NOT VALID`,
    );
    await expect(tickReplays(services, T0)).rejects.toMatchObject({ constraint: 'odd' });
    expect(await progressOf(fine.replayId)).toMatchObject({ waiting: 0 });
    expect(await progressOf(odd.replayId)).toMatchObject({ waiting: 1 });
  });

  test('two workers ticking at once release each entry once', async () => {
    await insertEvents(services, { count: 500 });
    await started({ selection: { all: true }, ratePerSecond: null });
    await Promise.all(Array.from({ length: 6 }, () => tickReplays(services, T0)));
    expect(await states()).toEqual({ pending: 500 });
    const runs = await services.db.prisma.delivery.groupBy({ by: ['run'], _count: true });
    expect(runs).toEqual([{ run: 2, _count: 500 }]);
  });

  test('workers ticking at once keep the rate together', async () => {
    await insertEvents(services, { count: 200 });
    await started({ selection: { all: true }, ratePerSecond: 10 });
    await Promise.all(Array.from({ length: 8 }, () => tickReplays(services, at(1))));
    expect((await states()).pending).toBe(10);
  });

  test('leaves out what a person has answered since, and says so', async () => {
    const entries = await insertEvents(services, { count: 4 });
    await insertEvents(services, { state: 'delivered', conversation: 101, signal: 'agent_reply' });
    const { replayId } = await started({ selection: { all: true }, ratePerSecond: null, skipAnswered: true });
    await tickReplays(services, T0);
    await endPending(services, () => 'delivered', at(1));
    await tickReplays(services, at(2));
    expect(await progressOf(replayId)).toMatchObject({ state: 'done', delivered: 3, skipped: 1, total: 4 });
    const skipped = await services.db.prisma.delivery.findUniqueOrThrow({ where: { seq: entries[1]!.seq } });
    expect(skipped).toMatchObject({ state: 'dead', replayId: null });
    expect(Number(skipped.deadFactId)).toBe(entries[1]!.id);
  });

  test('an answer from before the entry does not count as answered since', async () => {
    await insertEvents(services, { state: 'delivered', conversation: 100, signal: 'agent_reply' });
    await insertEvents(services, { conversation: 100 });
    const { replayId } = await started({ selection: { all: true }, skipAnswered: true });
    await tickReplays(services, T0);
    expect(await progressOf(replayId)).toMatchObject({ released: 1, skipped: 0 });
  });
});

describe('careful', () => {
  test('sends five, waits for all of them, and goes on when all arrived', async () => {
    await insertEvents(services, { count: 40 });
    const { replayId } = await started({ selection: { all: true }, mode: 'careful', ratePerSecond: null });
    await tickReplays(services, at(0));
    await tickReplays(services, at(1));
    expect(await progressOf(replayId)).toMatchObject({ released: 5, waiting: 35 });
    await services.db.pool.query(
      `UPDATE replay_items SET outcome = 'delivered', finished_at = now()
       WHERE released_at IS NOT NULL AND seq <> (SELECT min(seq) FROM replay_items)`,
    );
    await tickReplays(services, at(2));
    expect(await progressOf(replayId)).toMatchObject({ released: 5, delivered: 4 });
    await services.db.pool.query(
      `UPDATE replay_items SET outcome = 'delivered', finished_at = now() WHERE released_at IS NOT NULL`,
    );
    await tickReplays(services, at(3));
    expect(await progressOf(replayId)).toMatchObject({ released: 25, waiting: 15, state: 'running' });
    await tickReplays(services, at(4));
    expect(await progressOf(replayId)).toMatchObject({ released: 25 });
  });

  test('stops after the first five when one fails, and gives the rest back', async () => {
    const entries = await insertEvents(services, { count: 12 });
    const { replayId } = await started({ selection: { all: true }, mode: 'careful', ratePerSecond: null });
    await tickReplays(services, at(0));
    await endPending(services, (_seq, index) => (index === 2 ? 'dead' : 'delivered'), at(1));
    await tickReplays(services, at(2));
    const progress = await progressOf(replayId);
    expect(progress).toMatchObject({ state: 'stopped', delivered: 4, dead: 1, cancelled: 7, waiting: 0 });
    expect(progress.stateReason).toContain('1 of the first 5 failed again');
    expect(await states()).toEqual({ delivered: 4, dead: 8 });
    expect(await replay({ selection: { ids: [entries[11]!.id!] } })).toMatchObject({ outcome: 'started' });
    expect(await factsOf(replayId)).toEqual([
      ['created', 12],
      ['stopped', 7],
    ]);
  });

  test('stops by itself later, when more than half of the last twenty fail', async () => {
    await insertEvents(services, { count: 80 });
    const { replayId } = await started({ selection: { all: true }, mode: 'careful', ratePerSecond: null });
    await tickReplays(services, at(0));
    await endPending(services, () => 'delivered', at(1));
    await tickReplays(services, at(2));
    await endPending(services, (_seq, index) => (index < 10 ? 'dead' : 'delivered'), at(3));
    await tickReplays(services, at(4));
    expect(await progressOf(replayId)).toMatchObject({ state: 'running', dead: 10, released: 45 });
    await endPending(services, (_seq, index) => (index < 11 ? 'dead' : 'delivered'), at(5));
    await tickReplays(services, at(6));
    const progress = await progressOf(replayId);
    expect(progress).toMatchObject({ state: 'stopped', dead: 21, delivered: 24, cancelled: 35 });
    expect(progress.stateReason).toContain('11 of the last 20');
    expect((await countLedger(services.db.pool)).balanced).toBe(true);
  });

  test('with fewer than five it simply does them', async () => {
    await insertEvents(services, { count: 3 });
    const { replayId } = await started({ selection: { all: true }, mode: 'careful', ratePerSecond: null });
    await tickReplays(services, at(0));
    await endPending(services, () => 'delivered', at(1));
    await tickReplays(services, at(2));
    expect(await progressOf(replayId)).toMatchObject({ state: 'done', delivered: 3 });
  });
});

describe('pause, resume, cancel', () => {
  test('a paused replay releases nothing and resumes without a burst', async () => {
    await insertEvents(services, { count: 40 });
    const { replayId } = await started({ selection: { all: true }, ratePerSecond: 10 });
    await tickReplays(services, at(0));
    const request = { replayId, actor: person('Mara') };
    expect(await pauseReplay(services, { ...request, now: at(1) })).toEqual({ outcome: 'paused', replayId });
    expect(await tickReplays(services, at(100))).toBe(false);
    expect((await states()).pending).toBe(1);
    expect(await pauseReplay(services, { ...request, now: at(101) })).toEqual({
      outcome: 'wrong_state',
      state: 'paused',
    });
    expect(await resumeReplay(services, { ...request, now: at(200) })).toEqual({
      outcome: 'resumed',
      replayId,
    });
    await tickReplays(services, at(200.2));
    expect((await states()).pending).toBe(3);
    expect((await factsOf(replayId)).map(([action]) => action)).toEqual(['created', 'paused', 'resumed']);
  });

  test('cancel gives back what was not sent; what was sent goes on', async () => {
    const entries = await insertEvents(services, { count: 20 });
    const { replayId } = await started({ selection: { all: true }, ratePerSecond: 5 });
    await tickReplays(services, at(1));
    const sent = (await states()).pending!;
    expect(
      await cancelReplay(services, { replayId, actor: person('Mara'), reason: 'wrong ones', now: at(2) }),
    ).toEqual({
      outcome: 'cancelled',
      replayId,
      givenBack: 20 - sent,
    });
    expect(await cancelReplay(services, { replayId, actor: person('Mara'), now: at(3) })).toMatchObject({
      outcome: 'wrong_state',
    });
    await tickReplays(services, at(60));
    await endPending(services, () => 'delivered', at(61));
    expect(await progressOf(replayId)).toMatchObject({
      state: 'cancelled',
      delivered: sent,
      cancelled: 20 - sent,
    });
    const last = entries.at(-1)!;
    expect(await replay({ selection: { ids: [last.id!] } })).toMatchObject({ outcome: 'started' });
    expect((await countLedger(services.db.pool)).balanced).toBe(true);
  });

  test('a replay that does not exist', async () => {
    const request = { replayId: 4711, actor: person('Mara'), now: T0 };
    expect(await pauseReplay(services, request)).toEqual({ outcome: 'not_found' });
    expect(await resumeReplay(services, request)).toEqual({ outcome: 'not_found' });
    expect(await cancelReplay(services, request)).toEqual({ outcome: 'not_found' });
  });
});

test('another process goes on with a replay after a restart, from the rows alone', async () => {
  await insertEvents(services, { count: 30 });
  const { replayId } = await started({ selection: { all: true }, ratePerSecond: 10 });
  await tickReplays(services, at(1));
  await endPending(services, () => 'delivered', at(1));
  const next = await createTestServices({ DATABASE_URL: services.databaseUrl });
  try {
    for (let second = 2; second < 6; second += 1) {
      await tickReplays(next, at(second));
      await endPending(next, () => 'delivered', at(second));
    }
  } finally {
    await next.close();
  }
  expect(await progressOf(replayId)).toMatchObject({ state: 'done', delivered: 30 });
  const runs = await services.db.prisma.delivery.groupBy({ by: ['run'], _count: true });
  expect(runs).toEqual([{ run: 2, _count: 30 }]);
});

test('an entry that was taken away meanwhile ends as discarded, not sent', async () => {
  const entries = await insertEvents(services, { count: 2 });
  const { replayId } = await started({ selection: { all: true }, ratePerSecond: null });
  await pauseReplay(services, { replayId, actor: person('Mara'), now: T0 });
  await services.db.pool.query(
    `UPDATE deliveries SET state = 'discarded', discarded_by = 'x', discard_reason = 'x', replay_id = NULL WHERE seq = $1`,
    [entries[0]!.seq],
  );
  await resumeReplay(services, { replayId, actor: person('Mara'), now: T0 });
  await tickReplays(services, at(1));
  expect(await states()).toEqual({ pending: 1, discarded: 1 });
  expect(await progressOf(replayId)).toMatchObject({ discarded: 1, released: 1 });
});

test('the dry run tells how many, which conversations, how long and how many are outdated', async () => {
  await insertEvents(services, { count: 10, conversations: 5 });
  await insertEvents(services, { state: 'delivered', conversation: 101, signal: 'agent_reply' });
  await insertEvents(services, { state: 'delivered', conversation: 102, signal: 'resolved' });
  await insertEvents(services, { state: 'pending', conversation: 103 });
  const [busy] = await insertEvents(services, { conversation: 500 });
  await started({ selection: { ids: [busy!.id!] } });
  const plan = await planReplay(services, { selection: { all: true }, ratePerSecond: 4, skipAnswered: true });
  expect(plan).toMatchObject({
    count: 10,
    inOtherReplay: 1,
    conversations: 5,
    stale: { answered: 2, resolved: 2, newerDelivered: 4, any: 4 },
    wouldSkip: 2,
    ratePerSecond: 4,
    estimatedSeconds: 2,
  });
  expect(plan.sample).toHaveLength(10);
  expect(plan.largestConversations[0]).toMatchObject({ count: 2 });
  expect((await states()).dead).toBe(11);
});

test('what happened under a number that Chatwoot gave out again outdates nothing of the conversation before', async () => {
  const { pool } = services.db;
  const began = (seq: number, second: number) =>
    pool.query('UPDATE deliveries SET conversation_began = $2 WHERE seq = $1', [seq, at(second)]);
  const [old] = await insertEvents(services, { conversation: 700 });
  const [young] = await insertEvents(services, { conversation: 700 });
  const [answer] = await insertEvents(services, {
    state: 'delivered',
    conversation: 700,
    signal: 'agent_reply',
  });
  await began(old!.seq, 0);
  await began(young!.seq, 60);
  await began(answer!.seq, 60);
  expect(
    await planReplay(services, { selection: { all: true }, ratePerSecond: null, skipAnswered: true }),
  ).toMatchObject({ count: 2, stale: { answered: 1, newerDelivered: 1, any: 1 }, wouldSkip: 1 });
  const { rows } = await listDeadLetters(services, {
    state: 'open',
    filter: {},
    sort: 'newest',
    page: 1,
    pageSize: 25,
  });
  expect(rows.map(({ seq, answeredSince }) => ({ seq, answeredSince }))).toEqual([
    { seq: young!.seq, answeredSince: true },
    { seq: old!.seq, answeredSince: false },
  ]);
  expect((await readDeadLetter(services, old!.id!))?.since).toMatchObject({ answeredAt: null });
  expect((await readDeadLetter(services, young!.id!))?.since.answeredAt).not.toBeNull();
  const { replayId } = await started({ selection: { all: true }, skipAnswered: true });
  await tickReplays(services, at(1));
  expect(await progressOf(replayId)).toMatchObject({ released: 1, skipped: 1 });
});

test('the page is told of unfinished replays first of all, with what is left', async () => {
  await insertEvents(services, { count: 20 });
  const { replayId } = await started({ selection: { all: true }, ratePerSecond: 10 });
  await tickReplays(services, at(0));
  await tickReplays(services, at(0.9));
  await endPending(services, () => 'delivered', at(1));
  const [progress] = await recentReplays(services, at(2));
  expect(progress).toMatchObject({
    replayId,
    released: 10,
    delivered: 10,
    waiting: 10,
    inFlight: 0,
    perSecond: 5,
    secondsLeft: 2,
  });
});

test('discard leaves a running replay alone and takes entries out of a paused one', async () => {
  const entries = await insertEvents(services, { count: 2 });
  const ids = [entries[0]!.id!];
  const { replayId } = await started({ selection: { all: true }, ratePerSecond: 0.001 });
  const request = { selection: { ids }, actor: person('Ada'), reason: 'spam', now: T0 };
  expect(await discardDeadLetters(services, request)).toEqual({
    outcome: 'in_replay',
    replayIds: [replayId],
  });
  await pauseReplay(services, { replayId, actor: person('Mara'), now: T0 });
  expect(await discardDeadLetters(services, request)).toEqual({
    outcome: 'discarded',
    count: 1,
    inReplay: 0,
  });
  await resumeReplay(services, { replayId, actor: person('Mara'), now: T0 });
  await tickReplays(services, at(2000));
  expect(await progressOf(replayId)).toMatchObject({ discarded: 1, released: 1 });
  expect(await states()).toEqual({ pending: 1, discarded: 1 });
});
