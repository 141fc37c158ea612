import { describe, expect, test } from 'vitest';
import type { OverviewFigures } from '../../app/features/overview/figures.ts';
import type { Tile } from '../../app/features/overview/overview-view.ts';
import { tilesOf, unknownTiles } from '../../app/features/overview/tiles/tiles.ts';
import {
  ago,
  arrivalWith,
  backlogWith,
  breakerWith,
  deadWith,
  figuresWith,
  HOUR,
  hourWith,
  incidentWith,
  intakeWith,
  ledgerWith,
  MINUTE,
  NOW,
  outageWith,
  SECOND,
} from './figures.ts';

const tile = (id: Tile['id'], changes: Partial<OverviewFigures> = {}) =>
  tilesOf(figuresWith(changes), NOW).find((candidate) => candidate.id === id)!;
const healthyAgent = figuresWith().outage.components.find(({ name }) => name === 'agent')!;
const known = ({ trend }: Tile) => trend.filter(({ value }) => value !== null);

test('seven tiles, the Agent service only one of them, each with a place to go; at most 30 points, or 90 days', () => {
  const tiles = tilesOf(
    figuresWith({
      outage: outageWith({
        uptime: {
          chatwoot: { levels: 'g'.repeat(90), days: null, downTodayMs: 0 },
          agent: { levels: 'g'.repeat(90), days: null, downTodayMs: 0 },
        },
      }),
    }),
    NOW,
  );
  expect(tiles.map(({ id }) => id)).toEqual([
    'chatwoot',
    'intake',
    'agent',
    'success',
    'dead_letters',
    'backlog',
    'waiting',
  ]);
  for (const { id, link, trend, days } of tiles) {
    expect(link).toMatch(/^\/.*#[a-z-]+$/);
    expect(days?.length ?? trend.length).toBe(days ? 90 : ['backlog', 'waiting'].includes(id) ? 60 : 30);
  }
});

test('without the database every tile is unknown', () => {
  const tiles = unknownTiles();
  expect(tiles.map(({ id }) => id)).toEqual(tilesOf(figuresWith(), NOW).map(({ id }) => id));
  for (const { tone, figure, trend } of tiles)
    expect({ tone, figure, trend }).toEqual({ tone: 'unknown', figure: 'Unknown', trend: [] });
});

describe('intake', () => {
  test.each<[string, Partial<OverviewFigures>, Partial<Tile>]>([
    [
      'receiving',
      {},
      { tone: 'good', word: 'Receiving', figure: '34 in 10 min', details: ['Last one 12 s ago'] },
    ],
    [
      'what was fetched did not come',
      { hour: hourWith({ accepted: 3, fetched: 7 }) },
      {
        figure: '3 in 10 min',
        details: ['Last one 12 s ago', '7 events fetched from Chatwoot, because no webhook told of them'],
      },
    ],
    ['duplicates arrived too', { hour: hourWith({ accepted: 3, duplicates: 2 }) }, { figure: '5 in 10 min' }],
    [
      'some refused',
      { intake: intakeWith({ rejected: [{ reason: 'bad_signature', count: 2 }] }) },
      { tone: 'warning', word: 'Some refused', details: ['Last one 12 s ago', '2 refused: wrong signature'] },
    ],
    [
      'all refused',
      { intake: intakeWith({ rejected: [{ reason: 'bad_token', count: 1 }] }), hour: hourWith() },
      { tone: 'warning', word: 'Refusing' },
    ],
    [
      'answered too late',
      { intake: intakeWith({ late: 12 }) },
      {
        tone: 'warning',
        word: 'Answers late',
        details: ['Last one 12 s ago', '12 kept, but answered too late'],
      },
    ],
    ['spooling', { intake: intakeWith({ spooled: 3 }) }, { tone: 'warning', word: 'Spool in use' }],
    [
      'nothing ever',
      {
        intake: intakeWith({ lastReceivedAt: null }),
        ledger: ledgerWith({ received: 0, delivered: 0 }),
        hour: hourWith(),
        outage: outageWith({ arrival: arrivalWith({ provedAt: null, delay: null }) }),
      },
      { tone: 'unknown', word: 'Not proved yet', figure: '0 in 10 min', details: ['None has arrived yet'] },
    ],
    [
      'quiet for an hour',
      { intake: intakeWith({ lastReceivedAt: ago(HOUR) }) },
      { tone: 'unknown', word: 'Quiet' },
    ],
    ['open to anyone', { intake: intakeWith({ open: true }) }, { tone: 'warning', word: 'Not protected' }],
  ])('%s', (_name, changes, expected) => {
    expect(tile('intake', changes)).toMatchObject(expected);
  });

  test('before the app counted the trend is unknown, not zero', () => {
    const { trend } = tile('intake', { measuredSince: ago(9 * MINUTE) });
    expect(trend.map(({ value }) => value).slice(-6)).toEqual([null, 0, 0, 0, 0, 34]);
    expect(known(tile('intake', { measuredSince: null }))).toHaveLength(1);
  });
});

describe('agent service', () => {
  const agentDown = {
    ...healthyAgent,
    state: 'down' as const,
    failures: 3,
    firstFailedAt: ago(3 * MINUTE).toISOString(),
    detail: 'connection refused',
  };
  const opened = { openedAt: ago(4 * MINUTE), lastFailure: { outcome: 'http_5xx', status: 503 } };
  test.each<[string, Partial<OverviewFigures>, Partial<Tile>]>([
    [
      'answering',
      {},
      {
        tone: 'good',
        word: 'Answering',
        figure: '34 webhooks taken in 10 min',
        details: ['Half within 50 ms (10 min)'],
      },
    ],
    ['not connected', { agentHealthUrl: null }, { tone: 'unknown', figure: 'Unknown' }],
    [
      'open',
      {
        breaker: breakerWith({
          state: 'open',
          nextProbeAt: new Date(NOW.getTime() + 12 * SECOND),
          ...opened,
        }),
      },
      {
        tone: 'critical',
        word: 'Outage',
        figure: 'Has not answered for 4 min',
        details: ['Next try in 12 s', 'Last failure: HTTP 503'],
      },
    ],
    [
      'open, the try is due',
      {
        breaker: breakerWith({ state: 'open', nextProbeAt: ago(SECOND) }),
        backlog: backlogWith({ pending: 1 }),
      },
      { details: ['Next try is due now'] },
    ],
    [
      'open, nothing to try with',
      { breaker: breakerWith({ state: 'open', nextProbeAt: ago(SECOND) }) },
      { details: ['Next try with the next webhook'] },
    ],
    [
      'half open',
      { breaker: breakerWith({ state: 'half_open', ...opened }) },
      { tone: 'critical', details: ['Being tried with one webhook now', 'Last failure: HTTP 503'] },
    ],
    [
      'not tried, but up',
      { hour: hourWith({ minutesAgo: 10, ok: 5 }) },
      {
        tone: 'good',
        word: 'Up',
        details: expect.arrayContaining(['Nothing sent to it in 10 min']) as string[],
      },
    ],
    [
      'neither tried nor checked',
      { hour: hourWith({ minutesAgo: 10, ok: 5 }), outage: outageWith({ components: [] }) },
      { tone: 'unknown', word: 'No traffic' },
    ],
    [
      'down by its health check, although what was sent before was taken',
      {
        outage: outageWith({
          components: [agentDown],
          uptime: { agent: { levels: 'g', days: null, downTodayMs: 14 * MINUTE } },
        }),
      },
      {
        tone: 'critical',
        word: 'Down',
        figure: 'Has not answered for 3 min',
        details: expect.arrayContaining(['Down 14 min today (UTC)']) as string[],
      },
    ],
    [
      'one clock for all of it: that of the incident',
      {
        breaker: breakerWith({ state: 'open', ...opened }),
        outage: outageWith({
          components: [agentDown],
          incidents: [incidentWith({ cause: 'delivery', startedAt: ago(6 * MINUTE).toISOString() })],
        }),
      },
      { word: 'Outage', figure: 'Has not answered for 6 min' },
    ],
    [
      'nothing but failures',
      { hour: hourWith({ retried: 3 }) },
      { tone: 'warning', word: 'Failing', figure: '3 attempts failed' },
    ],
    [
      'some failures',
      { hour: hourWith({ ok: 9, retried: 1 }) },
      { tone: 'info', word: 'Answering', details: ['1 attempt failed'] },
    ],
    [
      'back',
      { breaker: breakerWith({ closedAt: ago(5 * MINUTE) }) },
      { details: ['Half within 50 ms (10 min)', 'Back for 5 min'] },
    ],
  ])('%s', (_name, changes, expected) => {
    expect(tile('agent', changes)).toMatchObject(expected);
  });
});

describe('delivery success', () => {
  test.each<[string, Partial<OverviewFigures>, Partial<Tile>]>([
    [
      'on target',
      { hour: hourWith({ ok: 98, failed: 2 }) },
      { tone: 'good', word: 'On target', figure: '98 %' },
    ],
    [
      'just below',
      { hour: hourWith({ ok: 9799, retried: 201 }) },
      { tone: 'warning', word: 'Below 98 %', figure: '97.9 %' },
    ],
    [
      'at 80 %',
      { hour: hourWith({ ok: 80, retried: 20 }) },
      { tone: 'warning', word: 'Below 98 %', figure: '80 %' },
    ],
    [
      'below 80 %',
      { hour: hourWith({ ok: 7999, retried: 2001 }) },
      { tone: 'critical', word: 'Below 80 %', figure: '79.9 %' },
    ],
    [
      'few attempts',
      { hour: hourWith({ retried: 9 }) },
      { tone: 'warning', word: 'Few attempts', figure: '0 %' },
    ],
    [
      'no traffic',
      { hour: hourWith() },
      {
        tone: 'unknown',
        word: 'No traffic',
        figure: 'No traffic',
        details: ['No attempt in 10 min', '1 h: no attempt', 'Target 98 %'],
      },
    ],
    [
      'messages that came too late for their order',
      { hour: hourWith({ minutesAgo: 10, ok: 3, outOfOrder: 2 }) },
      {
        details: [
          'No attempt in 10 min',
          '1 h: 100 % of 3 attempts',
          'Target 98 %',
          '1 h: 2 messages sent after a later one',
        ],
      },
    ],
    [
      'none for 10 minutes',
      { hour: hourWith({ minutesAgo: 10, ok: 3, retried: 1 }) },
      {
        tone: 'unknown',
        figure: 'No traffic',
        details: ['No attempt in 10 min', '1 h: 75 % of 4 attempts', 'Target 98 %'],
      },
    ],
  ])('%s', (_name, changes, expected) => {
    expect(tile('success', changes)).toMatchObject(expected);
  });

  test('the trend has no point where nothing was tried', () => {
    expect(known(tile('success', { hour: hourWith({ minutesAgo: 20, ok: 1, failed: 1 }) }))).toMatchObject([
      { value: 0.5 },
    ]);
  });
});

describe('dead letters', () => {
  test.each<[string, Parameters<typeof deadWith>[0], Partial<Tile>]>([
    ['none', {}, { tone: 'good', word: 'None', figure: '0 open' }],
    [
      'an old one',
      { open: 1, unclaimed: 1, oldestAt: ago(2 * HOUR) },
      { tone: 'warning', figure: '1 open', details: ['0 new in the last hour', 'Oldest 2 h'] },
    ],
    ['5 an hour, all dealt with', { lastHour: 5 }, { tone: 'good' }],
    ['6 an hour, all dealt with', { lastHour: 6 }, { tone: 'info', word: 'All dealt with' }],
    ['10 an hour', { open: 10, unclaimed: 10, lastHour: 10 }, { tone: 'warning', word: 'Need a person' }],
    [
      '11 an hour',
      { open: 11, unclaimed: 3, lastHour: 11 },
      { tone: 'critical', details: ['11 new in the last hour', '8 in a replay'] },
    ],
    [
      'more than were counted',
      { open: 5000, lastHour: 1000, lastHourIsMinimum: true },
      { figure: '5,000 open', details: ['over 1,000 new in the last hour', '5,000 in a replay'] },
    ],
  ])('%s', (_name, changes, expected) => {
    expect(tile('dead_letters', { dead: deadWith(changes) })).toMatchObject(expected);
  });
});

describe('backlog', () => {
  const some = backlogWith({
    pending: 212,
    inFlight: 2,
    messages: 37,
    customers: 21,
    machines: 2,
    oldestAt: ago(4 * MINUTE),
  });
  test.each<[string, Partial<OverviewFigures>, Partial<Tile>]>([
    ['empty', {}, { tone: 'good', word: 'Empty', figure: '0 on the way', details: ['Nothing is held'] }],
    [
      'on the way',
      { backlog: { ...some, oldestAt: ago(2 * MINUTE) } },
      { tone: 'good', word: 'On the way', figure: '212 on the way' },
    ],
    [
      'on the way for long',
      { backlog: { ...some, oldestAt: ago(2 * MINUTE + 1) } },
      { tone: 'warning', word: 'Slow' },
    ],
    [
      'held',
      { backlog: some, breaker: breakerWith({ state: 'open' }) },
      {
        tone: 'warning',
        word: 'Held',
        figure: '210 held',
        details: [
          'Oldest 4 min',
          'Of these, 37 customer messages',
          'AI drafts for 21 customers are late; people may have answered some',
          '2 from machines, such as bounces: nobody waits there',
          '2 being sent now',
        ],
      },
    ],
    ['no worker', { backlog: some, workers: 0 }, { tone: 'critical', word: 'No worker', figure: '210 held' }],
    ['not connected', { backlog: some, agentHealthUrl: null }, { tone: 'warning', word: 'Not connected' }],
  ])('%s', (_name, changes, expected) => {
    expect(tile('backlog', changes)).toMatchObject(expected);
  });

  test('the trend is worked back from what came and went, as far as that tells', () => {
    const hour = hourWith(
      { minutesAgo: 4, accepted: 50 },
      { minutesAgo: 2, delivered: 30, dead: 5 },
      { accepted: 1 },
    );
    const values = (changes: Partial<OverviewFigures>) =>
      tile('backlog', { hour, backlog: backlogWith({ pending: 16 }), ...changes })
        .trend.map(({ value }) => value)
        .slice(-5);
    expect(values({})).toEqual([50, 50, 15, 15, 16]);
    expect(values({ lastReplayAt: ago(3 * MINUTE) })).toEqual([null, 50, 15, 15, 16]);
    expect(values({ measuredSince: null }).every((value) => value === null)).toBe(true);
  });
});

describe('while nothing goes out delivery success is no percentage, but what waits', () => {
  const backlog = backlogWith({ pending: 212, messages: 37, customers: 21 });
  const open = breakerWith({ state: 'open', openedAt: NOW, lastFailure: null });
  test.each<[string, Partial<OverviewFigures>, Partial<Tile>]>([
    ['the Agent service is down', { breaker: open }, { tone: 'warning' }],
    ['it is being tried', { breaker: { ...open, state: 'half_open' } }, { tone: 'warning' }],
    ['fallback mode is on', { paused: { since: NOW, by: 'Nora' } }, { tone: 'info' }],
    ['no worker runs', { workers: 0 }, { tone: 'critical' }],
  ])('%s', (_name, changes, expected) => {
    for (const hour of [hourWith({ ok: 100 }), hourWith({ ok: 1, retried: 99 }), hourWith()]) {
      const found = tile('success', { hour, backlog, ...changes });
      expect(found).toMatchObject({ figure: 'Paused', word: 'Nothing goes out', ...expected });
      expect(found.details[0]).toBe('37 messages for the Agent service held');
      expect(JSON.stringify([found.figure, found.details])).not.toMatch(/%|target/i);
    }
  });

  test('nothing is held', () => {
    expect(tile('success', { breaker: open }).details[0]).toBe('Nothing is held');
  });
});
