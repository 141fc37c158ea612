import { describe, expect, test } from 'vitest';
import { decideNextStep } from '../../app/features/overview/decide-next-step.ts';
import { decideVerdict } from '../../app/features/overview/decide-verdict.ts';
import type { OverviewFigures } from '../../app/features/overview/figures.ts';
import { tilesOf } from '../../app/features/overview/tiles/tiles.ts';
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
  replayWith,
  SECOND,
  waitingWith,
} from './figures.ts';

const verdict = (changes: Partial<OverviewFigures>) => decideVerdict(figuresWith(changes), NOW);

const open = breakerWith({
  state: 'open',
  openedAt: ago(4 * MINUTE + 20 * SECOND),
  lastFailure: { outcome: 'refused', status: null },
});
const waiting = backlogWith({ pending: 212, messages: 37, customers: 21, oldestAt: ago(4 * MINUTE) });

describe('the sentence', () => {
  test('tells of an outage in customers and time', () => {
    expect(verdict({ breaker: open, backlog: waiting })).toEqual({
      tone: 'critical',
      word: 'Outage',
      sentence:
        'The Agent service has not answered for 4 min. 37 messages for the Agent service are held safely; none is lost.',
      detail: 'the connection was refused',
      since: ago(4 * MINUTE + 20 * SECOND).toISOString(),
    });
  });

  test.each<[string, Partial<OverviewFigures>, string]>([
    [
      'one message',
      { breaker: open, backlog: backlogWith({ pending: 3, messages: 1, customers: 1 }) },
      'The Agent service has not answered for 4 min. 1 message for the Agent service is held safely; it is not lost.',
    ],
    [
      'messages of nobody we know',
      { breaker: open, backlog: backlogWith({ pending: 3, messages: 2, customers: 0 }) },
      'The Agent service has not answered for 4 min. 2 messages for the Agent service are held safely; none is lost.',
    ],
    [
      'webhooks that no customer wrote',
      { breaker: open, backlog: backlogWith({ pending: 12 }) },
      'The Agent service has not answered for 4 min. 12 webhooks for the Agent service are held safely; none is lost.',
    ],
    [
      'one webhook',
      { breaker: open, backlog: backlogWith({ pending: 1 }) },
      'The Agent service has not answered for 4 min. 1 webhook for the Agent service is held safely; it is not lost.',
    ],
    [
      'nothing waiting',
      { breaker: open },
      'The Agent service has not answered for 4 min. No message is held for it.',
    ],
    [
      'more than was looked at',
      { breaker: open, backlog: { ...waiting, messages: 20_000, customers: 9000, isMinimum: true } },
      'The Agent service has not answered for 4 min. At least 20,000 messages for the Agent service are held safely; none is lost.',
    ],
    [
      'error answers',
      { breaker: { ...open, state: 'half_open', lastFailure: { outcome: 'http_5xx', status: 503 } } },
      'The Agent service has answered with errors for 4 min. No message is held for it.',
    ],
    [
      'an opening time that is not known',
      { breaker: { ...open, openedAt: null } },
      'The Agent service has not answered. No message is held for it.',
    ],
  ])('%s', (_name, changes, sentence) => {
    expect(verdict(changes).sentence).toBe(sentence);
    expect(verdict(changes).tone).toBe('critical');
  });

  test('never says that nothing is lost while the ledger is out of balance', () => {
    const { sentence, word } = verdict({
      breaker: open,
      backlog: waiting,
      ledger: ledgerWith({
        received: 1204,
        delivered: 1100,
        held: 100,
        pending: 1,
        dead: 2,
        balanced: false,
      }),
    });
    expect(word).toBe('Out of balance');
    expect(sentence).toBe(
      'The ledger does not balance: 1,204 webhooks received, 1,203 accounted for. 1 may be lost.',
    );
    expect(sentence).not.toMatch(/none is lost/);
  });
});

describe('what counts most', () => {
  const deadTwelve = deadWith({ open: 12, unclaimed: 12, messages: 12, customers: 8, oldestAt: ago(HOUR) });
  const spool = intakeWith({ spooled: 14, spooledSince: ago(MINUTE), spoolInUse: true });
  const noTraffic = hourWith();
  const never = {
    intake: intakeWith({ lastReceivedAt: null }),
    ledger: ledgerWith({ received: 0, delivered: 0 }),
    outage: outageWith({ arrival: arrivalWith({ provedAt: null }) }),
  };

  test.each<
    [
      string,
      Partial<OverviewFigures>,
      { tone: string; word: string; sentence?: string; since?: string | null },
    ]
  >([
    ['all good', {}, { tone: 'good', word: 'All good', since: null }],
    [
      'spool in use',
      { intake: spool },
      {
        tone: 'warning',
        word: 'Spool in use',
        sentence:
          'The database did not take webhooks in time, so they go to a file on disk. 14 webhooks wait safely in the spool file.',
        since: ago(MINUTE).toISOString(),
      },
    ],
    [
      'spool being brought in',
      { intake: intakeWith({ spooled: 1 }) },
      {
        tone: 'warning',
        word: 'Spool in use',
        sentence: '1 webhook waits safely in the spool file and will be brought into the database in order.',
      },
    ],
    [
      'what the database refused',
      { intake: intakeWith({ quarantined: 1 }) },
      {
        tone: 'warning',
        word: 'Set aside',
        sentence:
          '1 webhook could not be brought into the database. It is kept in a file and needs whoever runs this app.',
      },
    ],
    ['an outage before a spool', { intake: spool, breaker: open }, { tone: 'critical', word: 'Outage' }],
    [
      'more accounted for than received',
      { ledger: ledgerWith({ received: 33, balanced: false }) },
      {
        tone: 'critical',
        word: 'Out of balance',
        sentence:
          'The ledger does not balance: 33 webhooks received, 34 accounted for. 1 too many, so a count is wrong.',
      },
    ],
    [
      'the row-by-row count found a gap',
      { ledgerCheck: { at: ago(MINUTE).toISOString(), balanced: false } },
      { tone: 'critical', word: 'Out of balance', since: ago(MINUTE).toISOString() },
    ],
    [
      'the ledger before the outage',
      { ledger: ledgerWith({ balanced: false }), breaker: open },
      { tone: 'critical', word: 'Out of balance' },
    ],
    [
      'half open is still an outage',
      { breaker: { ...open, state: 'half_open' } },
      { tone: 'critical', word: 'Outage' },
    ],
    [
      'dead letters',
      { dead: { ...deadTwelve, lastHour: 10 } },
      {
        tone: 'warning',
        word: 'Dead letters',
        sentence: '12 messages from 8 customers could not be delivered. They are kept and need a person.',
        since: ago(HOUR).toISOString(),
      },
    ],
    [
      'over 10 new dead letters an hour',
      { dead: { ...deadTwelve, lastHour: 11 } },
      { tone: 'critical', word: 'Dead letters' },
    ],
    [
      'one dead letter that is no message',
      { dead: deadWith({ open: 1, unclaimed: 1, messages: 0, customers: 0 }) },
      {
        tone: 'warning',
        word: 'Dead letter',
        sentence: '1 webhook could not be delivered. It is kept and needs a person.',
      },
    ],
    [
      'dead letters of which some are replayed',
      {
        dead: deadWith({ open: 5, unclaimed: 3, messages: null, customers: null }),
        replays: [replayWith({})],
      },
      {
        tone: 'warning',
        word: 'Dead letters',
        sentence:
          '5 webhooks could not be delivered. They are kept and need a person. 2 of them are in a replay.',
      },
    ],
    [
      'dead letters that are all in a replay',
      { dead: deadWith({ open: 5, unclaimed: 0 }) },
      { tone: 'good', word: 'All good' },
    ],
    [
      'an outage before dead letters',
      { dead: deadTwelve, breaker: open },
      { tone: 'critical', word: 'Outage' },
    ],
    [
      'success of exactly 98 %',
      { hour: hourWith({ ok: 98, retried: 1, failed: 1 }) },
      { tone: 'good', word: 'All good' },
    ],
    [
      'success below 98 %',
      { hour: hourWith({ ok: 979, retried: 21 }) },
      { tone: 'warning', word: 'Degraded' },
    ],
    [
      'success of exactly 80 %',
      { hour: hourWith({ ok: 80, retried: 20 }) },
      { tone: 'warning', word: 'Degraded' },
    ],
    [
      'success below 80 %',
      { hour: hourWith({ ok: 79, retried: 20, failed: 1 }) },
      {
        tone: 'critical',
        word: 'Failing',
        sentence:
          'The Agent service takes only part of what it is sent: 21 of 100 delivery attempts failed in the last 10 min (79 % succeeded, target 98 %).',
      },
    ],
    [
      'too few attempts for critical',
      { hour: hourWith({ ok: 1, retried: 8 }) },
      { tone: 'warning', word: 'Degraded' },
    ],
    [
      'just enough attempts for critical',
      { hour: hourWith({ ok: 1, retried: 9 }) },
      { tone: 'critical', word: 'Failing' },
    ],
    [
      'failures of 9 minutes ago count',
      { hour: hourWith({ minutesAgo: 9, ok: 1, retried: 99 }) },
      { tone: 'critical', word: 'Failing' },
    ],
    [
      'failures of 10 minutes ago do not',
      { hour: hourWith({ minutesAgo: 10, retried: 99 }, { ok: 5, delivered: 5 }) },
      { tone: 'good', word: 'All good' },
    ],
    [
      'failing hides behind no older dead letter',
      { dead: { ...deadTwelve, lastHour: 0 }, hour: hourWith({ retried: 50 }) },
      { tone: 'critical', word: 'Failing' },
    ],
    [
      'no worker and messages waiting',
      { workers: 0, backlog: waiting },
      {
        tone: 'critical',
        word: 'No worker',
        sentence:
          'No worker is running, so nothing is delivered. 37 messages for the Agent service are held safely; none is lost.',
        since: ago(4 * MINUTE).toISOString(),
      },
    ],
    ['no worker and nothing waiting', { workers: 0 }, { tone: 'warning', word: 'No worker' }],
    [
      'everything refused',
      {
        intake: intakeWith({ rejected: [{ reason: 'bad_signature', count: 3 }] }),
        hour: hourWith({ minutesAgo: 10, accepted: 5, ok: 5, delivered: 5 }),
      },
      { tone: 'warning', word: 'Refusing' },
    ],
    [
      'some refused among accepted',
      { intake: intakeWith({ rejected: [{ reason: 'bad_signature', count: 3 }] }) },
      { tone: 'good', word: 'All good' },
    ],
    ['not connected', { agentHealthUrl: null }, { tone: 'unknown', word: 'Not connected' }],
    [
      'not connected, and something waits',
      { agentHealthUrl: null, backlog: backlogWith({ pending: 12 }) },
      {
        tone: 'unknown',
        word: 'Not connected',
        sentence:
          'Chatwoot and the Agent service are not connected yet, so nothing can be delivered. 12 webhooks for the Agent service are held safely; none is lost.',
      },
    ],
    [
      'nothing has ever arrived',
      { ...never, hour: noTraffic },
      {
        tone: 'unknown',
        word: 'Not proved yet',
        sentence: 'No message has arrived yet, so nothing shows whether they would.',
      },
    ],
    [
      'catching up after an outage',
      { breaker: breakerWith({ closedAt: ago(20 * SECOND) }), backlog: waiting },
      {
        tone: 'info',
        word: 'Catching up',
        sentence:
          'The Agent service has answered again for 20 s. 37 messages for the Agent service are held safely and go out in order; none is lost.',
      },
    ],
    [
      'what arrived after the outage is no backlog of it',
      { breaker: breakerWith({ closedAt: ago(5 * MINUTE) }), backlog: waiting },
      {
        tone: 'info',
        word: 'Recovered',
        sentence:
          'The Agent service has answered again for 5 min. What had to wait has been sent; none is lost.',
        since: ago(5 * MINUTE).toISOString(),
      },
    ],
    [
      'long after an outage',
      { breaker: breakerWith({ closedAt: ago(10 * MINUTE) }), backlog: waiting },
      { tone: 'good', word: 'All good' },
    ],
    [
      'failures of the outage do not count after it',
      {
        breaker: breakerWith({ closedAt: ago(90 * SECOND) }),
        hour: hourWith({ minutesAgo: 2, retried: 50 }, { minutesAgo: 1, ok: 9, delivered: 9 }),
      },
      { tone: 'info', word: 'Recovered' },
    ],
    [
      'failures after the outage do',
      {
        breaker: breakerWith({ closedAt: ago(90 * SECOND) }),
        hour: hourWith({ minutesAgo: 1, ok: 1, failed: 20 }),
      },
      { tone: 'critical', word: 'Failing' },
    ],
    [
      'waiting for just 10 minutes',
      { backlog: { ...waiting, oldestAt: ago(10 * MINUTE) } },
      { tone: 'good', word: 'All good' },
    ],
    [
      'waiting for longer',
      { backlog: { ...waiting, oldestAt: ago(10 * MINUTE + 1) } },
      {
        tone: 'warning',
        word: 'Slow',
        sentence: '37 messages for the Agent service are held safely, the oldest for 10 min; none is lost.',
      },
    ],
    [
      'the last message an hour ago',
      { intake: intakeWith({ lastReceivedAt: ago(HOUR) }) },
      {
        tone: 'unknown',
        word: 'Quiet',
        sentence: 'The last message arrived 1 h ago, so nothing shows whether the next one would.',
        since: ago(HOUR).toISOString(),
      },
    ],
    [
      'the last message just under an hour ago',
      { intake: intakeWith({ lastReceivedAt: ago(HOUR - 1) }) },
      { tone: 'good', word: 'All good' },
    ],
    [
      'arrived, but nothing was ever tried',
      { hour: hourWith({ accepted: 3 }) },
      { tone: 'unknown', word: 'Quiet' },
    ],
  ])('%s', (_name, changes, expected) => {
    expect(verdict(changes)).toMatchObject(expected);
  });

  test('all good says only what was counted', () => {
    expect(verdict({}).sentence).toBe(
      'Messages reach the Agent service. 34 webhooks delivered in the last 10 min, none held, none is lost.',
    );
    const earlier = hourWith({ minutesAgo: 30, ok: 1, delivered: 1 });
    expect(verdict({ hour: earlier, backlog: backlogWith({ pending: 3 }) }).sentence).toBe(
      'Messages reach the Agent service. 1 webhook delivered in the last hour, 3 webhooks on the way, none is lost.',
    );
  });
});

describe('one number for who waits for an answer', () => {
  const figures = waitingWith({
    waiting: 10,
    breached: 2,
    unassigned: 4,
    byHand: { waiting: 1, breached: 0, oldestSince: null },
    forecast: { ifNobodyAnswers: 3, atPresentPace: null },
  });
  const outage = outageWith({ waiting: { figures, samples: [] } });
  const states: [string, Partial<OverviewFigures>][] = [
    ['calm', {}],
    ['the Agent service is down', { breaker: open, backlog: waiting }],
    [
      'it is down for an incident',
      {
        breaker: open,
        backlog: waiting,
        outage: { ...outage, incidents: [incidentWith({ cause: 'delivery' })] },
      },
    ],
    ['Chatwoot is down', { outage: { ...outage, incidents: [incidentWith()] }, backlog: waiting }],
    ['fallback', { paused: { since: ago(MINUTE), by: 'Nora' }, backlog: waiting }],
    ['no worker', { workers: 0, backlog: waiting }],
    ['dead letters', { dead: deadWith({ open: 12, unclaimed: 12, messages: 12, customers: 8 }) }],
    ['catching up', { breaker: breakerWith({ closedAt: ago(20 * SECOND) }), backlog: waiting }],
  ];

  test.each(states)('%s: in the verdict, the next step and the tiles', (_name, changes) => {
    const all = figuresWith({ outage, ...changes });
    const { sentence } = decideVerdict(all, NOW);
    expect(sentence).toMatch(
      / 11 customers wait for an answer, 2 past the target, 3 more due within the hour\.$/,
    );
    const page = JSON.stringify([sentence, decideNextStep(all), tilesOf(all, NOW)]);
    expect([...page.matchAll(/([\d,]+) (customers? waits?|waiting)\b/g)].map(([, n]) => n)).toEqual(
      expect.arrayContaining(['11']),
    );
    for (const [, n] of page.matchAll(/([\d,]+) (customers? waits?|waiting)\b/g)) expect(n).toBe('11');
    expect(page).not.toMatch(/messages from 21 customers/);
  });

  test('in an outage it is said when it is not known', () => {
    const unknown = outageWith({ waiting: { figures: waitingWith({ known: false }), samples: [] } });
    expect(verdict({ breaker: open, outage: unknown }).sentence).toMatch(
      / How many customers wait for an answer is not known\.$/,
    );
  });
});

describe('calm names who waits', () => {
  const customers = (changes: Parameters<typeof waitingWith>[0], rest: Partial<OverviewFigures> = {}) =>
    verdict({ outage: outageWith({ waiting: { figures: waitingWith(changes), samples: [] } }), ...rest });
  const forecast = (ifNobodyAnswers: number, atPresentPace: number | null) => ({
    forecast: { ifNobodyAnswers, atPresentPace },
  });

  test.each<[string, Parameters<typeof waitingWith>[0], string, object]>([
    ['nobody', { waiting: 0, ...forecast(0, null) }, 'none is lost.', { tone: 'good', word: 'All good' }],
    [
      'nobody is due',
      { waiting: 3, ...forecast(0, null) },
      ' 3 customers wait for an answer, none due within the hour.',
      { tone: 'good', word: 'All good' },
    ],
    [
      'all are due, and nobody answered lately',
      { waiting: 457, ...forecast(457, null) },
      ' 457 customers wait for an answer, all due within the hour.',
      { tone: 'info', word: 'Customers wait' },
    ],
    [
      'some will be late at this pace',
      { waiting: 40, ...forecast(30, 12) },
      ' 40 customers wait for an answer, 30 due within the hour.',
      { tone: 'warning', word: 'Customers wait' },
    ],
    [
      'some are late, one of them in a ticket kept by hand',
      { waiting: 9, breached: 2, byHand: { waiting: 1, breached: 1, oldestSince: null }, ...forecast(5, 0) },
      ' 10 customers wait for an answer, 3 past the target, 5 more due within the hour.',
      { tone: 'warning', word: 'Customers wait' },
    ],
    [
      'one',
      { waiting: 1, ...forecast(1, 0) },
      ' 1 customer waits for an answer, due within the hour.',
      { tone: 'info', word: 'Customers wait' },
    ],
    ['not known', { known: false, waiting: null }, 'none is lost.', { tone: 'good', word: 'All good' }],
  ])('%s', (_name, changes, end, expected) => {
    const found = customers(changes);
    expect(found).toMatchObject(expected);
    expect(found.sentence.endsWith(end)).toBe(true);
  });

  test('what is not green stays so', () => {
    const found = customers({ waiting: 2, ...forecast(2, null) }, { hour: hourWith({ accepted: 3 }) });
    expect(found).toMatchObject({ tone: 'unknown', word: 'Quiet' });
    expect(found.sentence).toMatch(/ 2 customers wait for an answer, all due within the hour\.$/);
  });
});

test('a paused replay is never "all good": what it holds waits for a person', () => {
  const paused = verdict({
    dead: deadWith({ open: 832, unclaimed: 0 }),
    replays: [replayWith({ state: 'paused', waiting: 832 })],
  });
  expect(paused).toMatchObject({ tone: 'warning', word: 'Replay paused' });
  expect(paused.sentence).toContain('832 webhooks');
});
