import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { discardDeadLetters } from '../../app/features/delivery/dead-letters/discard-dead-letters.server.ts';
import { pruneRollups } from '../../app/features/facts/remove-facts.server.ts';
import { RANGES, readBuckets } from '../../app/features/overview/read-chart.server.ts';
import { readOverview, readRecentEvents } from '../../app/features/overview/read-overview.server.ts';
import { readOutage } from '../../app/features/overview/read-outage.server.ts';
import { readCounts } from '../../app/features/overview/read-counts.server.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { ago, HOUR, MINUTE, NOW } from './figures.ts';
import { QUIET_INTAKE } from './intake-status.ts';
import { person } from '../support/person.ts';
import { emptied } from '../support/empty-tables.ts';

let services: TestServices;
beforeAll(async () => {
  services = await createTestServices();
});
afterAll(() => services.close());
beforeEach(async () => {
  await services.db.pool.query(
    emptied(
      'webhook_events, deliveries, attempts, dashboard_facts, fact_rollups, leases, processes, replay_items, replays',
    ),
  );
});

const rollup = (resolution: string, bucket: Date, metric: string, label: string, n: number) =>
  services.db.pool.query('INSERT INTO fact_rollups VALUES ($1, $2, $3, $4, $5)', [
    resolution,
    bucket,
    metric,
    label,
    n,
  ]);
const fact = (type: string, at: Date, value: object, metadata: object = {}) =>
  services.db.pool.query(
    "INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at) VALUES ($1, 'support', $2, $3, $4)",
    [type, JSON.stringify(value), JSON.stringify(metadata), at],
  );

describe('counts over time', () => {
  test('every outcome stands where it belongs; an interrupted attempt has no result', async () => {
    const at = new Date('2026-09-22T05:31:00Z');
    const outcomes = [
      'ok',
      'dns',
      'refused',
      'tls',
      'reset',
      'timeout',
      'http_3xx',
      'http_4xx',
      'http_408',
      'http_425',
      'http_429',
      'http_5xx',
      'interrupted',
    ];
    for (const outcome of outcomes) await rollup('minute', at, 'attempt', outcome, 1);
    await rollup('minute', at, 'received', 'accepted', 5);
    await rollup('minute', at, 'received', 'duplicate', 2);
    await rollup('minute', at, 'received', 'fetched', 8);
    await rollup('minute', at, 'run', 'delivered', 4);
    await rollup('minute', at, 'run', 'dead', 3);
    await rollup('minute', at, 'latency', '250', 4);
    await rollup('minute', at, 'rejected', 'bad_signature', 6);
    await rollup('minute', at, 'late_answer', 'hung_up', 1);
    await rollup('minute', at, 'late_answer', 'slow', 2);
    await rollup('minute', at, 'order', 'late', 7);
    const buckets = await readBuckets(services.db.prisma, RANGES['1h'], NOW);
    expect(buckets).toHaveLength(60);
    expect(buckets.at(-1)).toEqual({
      at,
      accepted: 5,
      duplicates: 2,
      fetched: 8,
      ok: 1,
      retried: 9,
      failed: 2,
      delivered: 4,
      dead: 3,
      latency: { 250: 4 },
      rejected: { bad_signature: 6 },
      late: 3,
      outOfOrder: 7,
    });
  });

  test('a range reads its own resolution, from its first bucket to now', async () => {
    await rollup('minute', new Date('2026-09-22T04:31:00Z'), 'attempt', 'ok', 1);
    await rollup('minute', new Date('2026-09-22T04:32:00Z'), 'attempt', 'ok', 10);
    await rollup('minute', new Date('2026-09-22T05:32:00Z'), 'attempt', 'ok', 100);
    await rollup('ten_minutes', new Date('2026-09-21T05:40:00Z'), 'attempt', 'ok', 1000);
    await rollup('hour', new Date('2026-09-15T06:00:00Z'), 'attempt', 'ok', 10_000);
    await rollup('total', new Date(0), 'attempt', 'ok', 100_000);
    const sums = await Promise.all(
      (['1h', '24h', '7d'] as const).map(async (range) => {
        const { chart } = await readOverview(services, QUIET_INTAKE, { range, now: NOW });
        return [chart.length, chart[0]!.delivered, chart.reduce((sum, point) => sum + point.delivered, 0)];
      }),
    );
    expect(sums).toEqual([
      [60, 10, 10],
      [144, 1000, 1000],
      [168, 10_000, 10_000],
    ]);
  });

  test('refused webhooks of 10 minutes are told by reason', async () => {
    await rollup('minute', ago(30_000), 'rejected', 'bad_signature', 3);
    await rollup('minute', new Date('2026-09-22T05:22:00Z'), 'rejected', 'too_large', 4);
    await rollup('minute', new Date('2026-09-22T05:21:00Z'), 'rejected', 'too_large', 100);
    const page = await readOverview(services, QUIET_INTAKE, { range: '1h', now: NOW });
    expect(page.warnings.find(({ id }) => id === 'rejected')?.sentence).toBe(
      '7 webhooks refused in the last 10 min: 4 too large, 3 wrong signature.',
    );
  });
});

test('how long something was down today is time, not a share of checks', async () => {
  const check = (at: Date, outcome: string, tick: number) =>
    services.db.pool.query(
      "INSERT INTO probe_results (tick, probe, component, at, outcome, target) VALUES ($1, 'agent', 'agent', $2, $3, '')",
      [tick, at, outcome],
    );
  await services.db.pool.query('TRUNCATE probe_results, component_days');
  await check(new Date('2026-09-21T23:59:50Z'), 'failed', 1);
  await check(ago(20 * MINUTE), 'failed', 2);
  await check(ago(16 * MINUTE), 'failed', 3);
  await check(ago(10 * MINUTE), 'ok', 4);
  await check(ago(2 * MINUTE), 'failed', 5);
  await services.db.pool.query(
    "INSERT INTO component_days (component, day, ok, failed, inconclusive) VALUES ('agent', '2026-09-22', 1, 3, 0)",
  );
  const { uptime } = await readOutage(services, NOW);
  expect(uptime.agent).toMatchObject({
    downTodayMs: 12 * MINUTE,
    days: 'Watched since 2026-09-22',
  });
  expect(uptime.chatwoot).toMatchObject({ downTodayMs: 0, days: null });
  await services.db.pool.query('TRUNCATE probe_results, component_days');
});

test('without a connection it says so and is not green', async () => {
  const page = await readOverview(services, QUIET_INTAKE, { range: '1h', now: NOW });
  expect(page.configured).toBe(false);
  expect(page.nextStep.link?.to).toBe('/#setup');
});

test('the newest row-by-row count decides', async () => {
  await insertEvents(services, { state: 'delivered', receivedAt: ago(MINUTE) });
  await fact('support.ledger.check', ago(2 * MINUTE), { balanced: false });
  await fact('support.ledger.check', ago(MINUTE), { balanced: true });
  const balanced = await readOverview(services, QUIET_INTAKE, { range: '1h', now: NOW });
  expect(balanced.ledgerCheck).toEqual({ at: ago(MINUTE).toISOString(), balanced: true });
  expect(balanced.verdict.word).not.toBe('Out of balance');
  await fact('support.ledger.check', NOW, { balanced: false });
  const off = await readOverview(services, QUIET_INTAKE, { range: '1h', now: NOW });
  expect(off.verdict).toMatchObject({ word: 'Out of balance', since: NOW.toISOString() });
});

test('what the database refused is counted in the folders of other processes and in our own', async () => {
  await services.db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen, quarantined, data_dir) VALUES
     ($1, 'all', 'a', 1, now(), now(), 1, '/data'), (gen_random_uuid(), 'web', 'a', 2, now(), now(), 1, '/data'),
     (gen_random_uuid(), 'web', 'b', 3, now(), now(), 3, '/data')`,
    [services.processId],
  );
  const page = await readOverview(services, { ...QUIET_INTAKE, quarantined: 2 }, { range: '1h', now: NOW });
  expect(page.ledger).toMatchObject({ quarantined: 5, balanced: true });
  expect(page.warnings.find(({ id }) => id === 'quarantined')?.sentence).toMatch(/^5 webhooks/);
});

test('what waits is counted in messages and customers; what machines sent is none of them', async () => {
  await insertEvents(services, { state: 'pending', count: 7, conversations: 3, receivedAt: ago(4 * MINUTE) });
  await insertEvents(services, { state: 'pending', count: 5, signal: null, receivedAt: ago(6 * MINUTE) });
  await insertEvents(services, { state: 'pending', count: 2, signal: 'machine_message', conversation: 40 });
  await insertEvents(services, { state: 'delivered', count: 2, conversation: 900 });
  expect((await readCounts(services, NOW)).backlog).toEqual({
    pending: 14,
    inFlight: 0,
    messages: 7,
    customers: 3,
    machines: 2,
    oldestAt: ago(6 * MINUTE),
    isMinimum: false,
  });
});

test('deliveries that move while they are counted are in one place, for the tiles and the ledger alike', async () => {
  await insertEvents(services, { state: 'dead', count: 80 });
  let counting = true;
  let moves = 0;
  const moving = (async () => {
    for (; counting; moves += 1)
      await services.db.pool.query(
        `UPDATE deliveries SET state = CASE state WHEN 'dead' THEN 'pending' ELSE 'dead' END,
           finished_at = CASE WHEN finished_at IS NULL THEN now() END`,
      );
  })();
  const seen = new Set<number>();
  try {
    for (let looks = 0; looks < 100 || moves < 100 || seen.size < 2; looks += 1) {
      const { ledger, backlog, dead } = await readCounts(services, NOW);
      expect(ledger.balanced).toBe(true);
      expect([backlog.pending, backlog.messages]).toEqual([ledger.pending, 80 - dead.open]);
      expect([ledger.dead, dead.messages]).toEqual([dead.open, dead.open]);
      seen.add(dead.open);
    }
  } finally {
    counting = false;
    await moving;
  }
});

test('attempts are told by seconds, since the breaker closed: the last minute, and since the last that failed', async () => {
  const second = (secondsAgo: number, label: string, n: number) =>
    rollup('second', ago(secondsAgo * 1000), 'breaker', label, n);
  await services.db.pool.query("UPDATE breakers SET closed_at = $1 WHERE name = 'agent'", [ago(5 * MINUTE)]);
  try {
    expect((await readCounts(services, NOW)).recent).toEqual({
      ok: 0,
      failed: 0,
      okSinceFailure: 0,
      secondsSinceFailure: null,
    });
    await second(301, 'failed', 50);
    await second(90, 'ok', 4);
    expect((await readCounts(services, NOW)).recent).toEqual({
      ok: 0,
      failed: 0,
      okSinceFailure: 4,
      secondsSinceFailure: null,
    });
    await second(60, 'failed', 7);
    await second(59, 'ok', 1);
    await second(20, 'failed', 2);
    await second(20, 'ok', 5);
    await second(15, 'permanent', 3);
    await second(14, 'ok', 6);
    await second(0, 'ok', 2);
    expect((await readCounts(services, NOW)).recent).toEqual({
      ok: 14,
      failed: 5,
      okSinceFailure: 8,
      secondsSinceFailure: 15,
    });
  } finally {
    await services.db.pool.query("UPDATE breakers SET closed_at = NULL WHERE name = 'agent'");
  }
});

describe('dead letters', () => {
  test('the last hour counts to the millisecond', async () => {
    await insertEvents(services, { count: 2, deadAt: ago(HOUR) });
    await insertEvents(services, { count: 3, deadAt: ago(HOUR - 1) });
    await insertEvents(services, { signal: 'machine_message', deadAt: ago(2 * HOUR) });
    await insertEvents(services, { count: 1, state: 'discarded', deadAt: ago(MINUTE) });
    expect((await readCounts(services, NOW)).dead).toEqual({
      open: 6,
      unclaimed: 6,
      messages: 5,
      customers: 3,
      machines: 1,
      answered: 0,
      oldestAt: ago(HOUR),
      lastHour: 4,
      lastHourIsMinimum: false,
    });
  });

  test('those that a person has answered since are counted, but not those in a replay', async () => {
    const [first] = await insertEvents(services, { count: 2, conversation: 300, conversations: 1 });
    await insertEvents(services, { conversation: 300, state: 'delivered', signal: 'agent_reply' });
    await insertEvents(services, { conversation: 300 });
    await insertEvents(services, { conversation: 301 });
    expect((await readCounts(services, NOW)).dead).toMatchObject({ open: 4, unclaimed: 4, answered: 2 });
    await services.db.pool.query(
      `INSERT INTO replays (id, created_at, created_by, mode, skip_answered, selection, total, allowance, ticked_at)
       VALUES (900, now(), 'Ada', 'normal', true, '{}', 1, 1, now())`,
    );
    await services.db.pool.query('UPDATE deliveries SET replay_id = 900 WHERE seq = $1', [first!.seq]);
    expect((await readCounts(services, NOW)).dead).toMatchObject({ answered: 1 });
  });

  test('beyond 5,000 it says so instead of counting on', async () => {
    await insertEvents(services, { count: 5001, conversation: 1, conversations: 1, deadAt: ago(MINUTE) });
    expect((await readCounts(services, NOW)).dead).toMatchObject({
      open: 5001,
      messages: null,
      customers: null,
      machines: null,
      answered: null,
      lastHour: 1000,
      lastHourIsMinimum: true,
    });
  });
});

describe('recent events', () => {
  test('are folded by cause as long as no 5 minutes lie between', async () => {
    await insertEvents(services, { count: 2, deadAt: ago(30 * MINUTE), errorClass: 'http_4xx', status: 422 });
    await insertEvents(services, { count: 3, deadAt: ago(20 * MINUTE), errorClass: 'http_4xx', status: 422 });
    await insertEvents(services, { count: 4, deadAt: ago(15 * MINUTE), errorClass: 'http_4xx', status: 422 });
    const [alone] = await insertEvents(services, {
      deadAt: ago(25 * MINUTE),
      errorClass: 'timeout',
      status: null,
      event: 'contact_updated',
    });
    expect(await readRecentEvents(services.db.prisma)).toMatchObject([
      {
        text: '7 messages could not be delivered (HTTP 422)',
        from: ago(20 * MINUTE).toISOString(),
        at: ago(15 * MINUTE).toISOString(),
        link: '/delivery?cause=http_4xx%7C422%7Cmessage_created#dead-letters',
      },
      { text: '1 webhook could not be delivered (no answer in time)', link: `/dead-letters/${alone!.id}` },
      { text: '2 messages could not be delivered (HTTP 422)' },
    ]);
  });

  test('tell what was retried, discarded, and what happened to the whole', async () => {
    await fact('support.webhook.retry', ago(9 * MINUTE), { attempts: 1, success: true });
    await fact('support.webhook.retry', ago(9 * MINUTE), { attempts: 3, success: true });
    await fact('support.webhook.retry', ago(9 * MINUTE), { attempts: 6, success: false });
    await fact('support.breaker.opened', ago(8 * MINUTE), { reason: '10 attempts in a row failed' });
    await fact('support.breaker.probe', ago(7.5 * MINUTE), {});
    await fact('support.breaker.closed', ago(7 * MINUTE), {});
    await fact('support.spool.used', ago(6 * MINUTE), { count: 1 });
    await fact('support.spool.imported', ago(5 * MINUTE), { count: 14 });
    await fact(
      'support.webhook.replay',
      ago(4 * MINUTE),
      { replayId: 3, action: 'stopped', count: 5 },
      { reason: 'most failed' },
    );
    const dead = await insertEvents(services, { count: 2, deadAt: ago(10 * MINUTE) });
    await discardDeadLetters(services, {
      selection: { ids: dead.map(({ id }) => id!) },
      actor: person('Ada'),
      reason: 'tests',
      now: ago(3 * MINUTE),
    });
    expect((await readRecentEvents(services.db.prisma)).map(({ text }) => text)).toEqual([
      'Ada discarded 2 dead letters',
      'Replay 3 stopped by itself: most failed',
      '14 webhooks from the spool file brought into the database',
      'Webhooks went to the spool file: the database did not take them in time',
      'The Agent service answers again',
      'Deliveries are held: the Agent service is failing: 10 attempts in a row failed',
      '1 webhook delivered after a retry',
      '2 messages could not be delivered (HTTP 503)',
    ]);
  });

  test('a fold longer than what is looked at says "at least"; at most 20 are shown', async () => {
    await insertEvents(services, { count: 501, deadAt: ago(MINUTE) });
    const events = await readRecentEvents(services.db.prisma);
    expect(events.map(({ text }) => text)).toEqual([
      'At least 500 messages could not be delivered (HTTP 503)',
    ]);
    for (let index = 0; index < 30; index++) await fact('support.breaker.closed', ago(index), {});
    expect(await readRecentEvents(services.db.prisma)).toHaveLength(20);
  });

  test('never carry what customers wrote', async () => {
    await insertEvents(services, { content: 'my card number is', deadAt: ago(MINUTE) });
    const page = await readOverview(services, QUIET_INTAKE, { range: '1h', now: NOW });
    expect(page.events).toHaveLength(1);
    expect(JSON.stringify(page)).not.toContain('card number');
  });
});

test('counts that nothing reads any more are pruned, hours and totals stay', async () => {
  const day = 24 * HOUR;
  const kept = [
    ['second', ago(10 * MINUTE)],
    ['minute', ago(8 * day)],
    ['ten_minutes', ago(60 * day)],
    ['hour', ago(400 * day)],
    ['total', new Date(0)],
  ] as const;
  const gone = [
    ['second', ago(10 * MINUTE + 1)],
    ['minute', ago(8 * day + 1)],
    ['ten_minutes', ago(60 * day + 1)],
  ] as const;
  for (const [resolution, at] of [...kept, ...gone]) await rollup(resolution, at, 'attempt', 'ok', 1);
  expect(await pruneRollups(services.db.pool, NOW)).toBe(gone.length);
  const { rows } = await services.db.pool.query<{ resolution: string }>(
    'SELECT resolution FROM fact_rollups',
  );
  expect(rows.map(({ resolution }) => resolution).sort()).toEqual(
    kept.map(([resolution]) => resolution).sort(),
  );
});
