import { describe, expect, test } from 'vitest';
import { selectionFromParams } from '../../app/features/delivery/dead-letters/selection.ts';
import { decideNextStep } from '../../app/features/overview/decide-next-step.ts';
import { decideWarnings } from '../../app/features/overview/decide-warnings.ts';
import type { OverviewFigures } from '../../app/features/overview/figures.ts';
import {
  ago,
  arrivalWith,
  backlogWith,
  breakerWith,
  deadWith,
  figuresWith,
  incidentWith,
  intakeWith,
  ledgerWith,
  NOW,
  outageWith,
  recentWith,
  replayWith,
  waitingWith,
} from './figures.ts';

const step = (changes: Partial<OverviewFigures>) => decideNextStep(figuresWith(changes));

const open = breakerWith({ state: 'open' });
const failing = recentWith({ ok: 2, failed: 20, okSinceFailure: 0, secondsSinceFailure: 1 });
const twelve = deadWith({ open: 12, unclaimed: 12, messages: 12, customers: 8 });

describe('the next step', () => {
  test.each<[string, Partial<OverviewFigures>, RegExp, string | undefined]>([
    ['nothing is wrong', {}, /^Nothing to do\.$/, undefined],
    [
      'the ledger is off',
      { ledger: ledgerWith({ balanced: false }), breaker: open },
      /ops:status/,
      '/delivery#ledger',
    ],
    [
      'the row-by-row count was off',
      { ledgerCheck: { at: '', balanced: false } },
      /ops:status/,
      '/delivery#ledger',
    ],
    ['not connected', { agentHealthUrl: null, workers: 0 }, /set-up card/, '/#setup'],
    ['no worker', { workers: 0, breaker: open }, /Start a worker/, undefined],
    [
      'the Agent service is down',
      { breaker: open, dead: twelve },
      /Nothing needs to be sent again by hand: .* Check the Agent service\.$/,
      'http://agent.example/health',
    ],
    [
      'half open',
      { breaker: breakerWith({ state: 'half_open' }) },
      /Nothing needs/,
      'http://agent.example/health',
    ],
    [
      'a replay runs',
      { replays: [replayWith({})], dead: twelve },
      /80 webhooks of 120 left\. Watch it/,
      '/delivery#replays',
    ],
    ['a replay ended', { replays: [replayWith({ state: 'done', waiting: 0 })] }, /^Nothing to do/, undefined],
    [
      'dead letters while most attempts fail',
      { dead: twelve, recent: failing },
      /^12 messages could not be delivered, and 20 of 22 attempts of the last minute failed: see why/,
      '/delivery#dead-letters',
    ],
    [
      'webhooks are refused',
      { intake: intakeWith({ rejected: [{ reason: 'bad_signature', count: 2 }] }) },
      /ops:connect-chatwoot/,
      undefined,
    ],
    [
      'anyone can post',
      { intake: intakeWith({ open: true }) },
      /so that only Chatwoot can post here/,
      undefined,
    ],
    [
      'nothing came yet',
      { outage: outageWith({ arrival: arrivalWith({ provedAt: null }) }) },
      /^Prove that what customers write arrives/,
      '/health#proof',
    ],
  ])('%s', (_name, changes, sentence, to) => {
    const { sentence: said, link, form } = step(changes);
    expect(said).toMatch(sentence);
    expect(link?.to).toBe(to);
    expect(form).toBeUndefined();
  });

  test.each([
    [20, 'normal'],
    [21, 'careful'],
  ])('%i dead letters are replayed in %s mode, all of them', (n, mode) => {
    const { form } = step({ dead: deadWith({ open: n, unclaimed: n, messages: n, customers: n }) });
    expect(form).toMatchObject({
      action: '/api/dead-letters/replay',
      label: `Replay ${n} messages`,
      fields: { mode },
    });
    expect(selectionFromParams(new URLSearchParams(form!.fields), NOW)).toEqual({
      ok: true,
      value: { all: true },
    });
  });

  describe('customers who come due', () => {
    const waiting = (changes: Parameters<typeof waitingWith>[0]) => ({
      outage: outageWith({ waiting: { figures: waitingWith(changes), samples: [] } }),
    });
    const due = { waiting: 457, breached: 0, forecast: { ifNobodyAnswers: 457, atPresentPace: null } };

    test('are answered or assigned, although nothing is broken', () => {
      expect(step(waiting({ ...due, unassigned: 400 }))).toEqual({
        sentence:
          'Answer customers or assign them: 457 customers wait for an answer, all due within the hour. 400 have nobody yet.',
        link: { to: '/waiting?show=unassigned#now', label: 'See who has nobody' },
      });
      expect(step(waiting(due))).toMatchObject({
        sentence: 'Answer customers: 457 customers wait for an answer, all due within the hour.',
        link: { to: '/waiting#now' },
      });
    });
    test('not so while nobody is due, or while it is not known', () => {
      const none = { ifNobodyAnswers: 0, atPresentPace: 0 };
      expect(step(waiting({ ...due, forecast: none })).sentence).toBe('Nothing to do.');
      expect(step(waiting({ ...due, known: false })).sentence).toBe('Nothing to do.');
    });
    test('in fallback mode, while what broke still fails, they come before the rest of the guide', () => {
      const incidentOf = (changes: Parameters<typeof incidentWith>[0]) =>
        outageWith({
          // Nobody has checked since.
          components: [],
          incidents: [
            incidentWith({
              nextGuideStep: guideStep,
              acknowledgedBy: 'Ada',
              status: 'acknowledged',
              ...changes,
            }),
          ],
        });
      const guideStep = { phase: 'Investigation', title: 'Look', how: 'person', key: 'x' } as never;
      const paused = { since: NOW, by: 'Nora' };
      const agent = { breaker: open, outage: incidentOf({ cause: 'delivery' }) };
      expect(step(agent).sentence).toBe('Investigation: Look.');
      expect(step({ ...agent, paused })).toMatchObject({
        sentence: 'Fallback mode is on and the Agent service does not answer: answer customers by hand.',
        link: { to: '/waiting#now' },
      });
      expect(step({ paused, outage: incidentOf({}) })).toMatchObject({ link: { to: '/tickets' } });
      expect(step({ paused, outage: incidentOf({ status: 'open' }) }).form?.label).toBe('Take it');
    });
    test('in fallback mode, with the Agent service down, they are what is to be done', () => {
      const { sentence, link } = step({ paused: { since: NOW, by: 'Nora' }, breaker: open });
      expect(sentence).toMatch(/answer customers by hand\.$/);
      expect(link?.to).toBe('/waiting#now');
    });
  });

  describe('while the Agent service still rejects messages', () => {
    const rejecting = { refused: 52, okSince: 0, secondsSince: 40 };

    test.each<[string, Partial<typeof rejecting>]>([
      ['none was taken since', {}],
      ['nor within many minutes', { secondsSince: 599 }],
      ['a single one just now says little', { okSince: 1, secondsSince: 20 }],
      ['nor do some among refusals', { okSince: 30, secondsSince: 3 }],
    ])('it is to be repaired first, and nothing is replayed by one click: %s', (_name, refusals) => {
      const { sentence, form, link } = step({ dead: twelve, refusals: { ...rejecting, ...refusals } });
      expect(sentence).toMatch(
        /^The Agent service still rejects messages: 52 in the last 10 min.*Repair it first, then replay 12 messages\.$/,
      );
      expect(form).toBeUndefined();
      expect(link).toEqual({ to: '/delivery#dead-letters', label: 'See why' });
    });

    test.each([
      ['three were taken since', { okSince: 3, secondsSince: 10 }],
      ['one was, and nothing was refused for a minute', { okSince: 1, secondsSince: 60 }],
    ])('once it takes them a replay is careful, also of a few: %s', (_name, refusals) => {
      const { form } = step({ dead: twelve, refusals: { ...rejecting, ...refusals } });
      expect(form).toMatchObject({ label: 'Replay 12 messages', fields: { mode: 'careful' } });
    });

    test('a paused replay is not resumed', () => {
      const { sentence, form } = step({ replays: [replayWith({ state: 'paused' })], refusals: rejecting });
      expect(sentence).toMatch(
        /^Replay 3 is paused with 80 webhooks left, and .*still rejects.*repair it first/,
      );
      expect(form).toBeUndefined();
    });

    test('a replay that makes new dead letters is paused; one that has made none is watched', () => {
      const { form } = step({ replays: [replayWith({ dead: 4 })], refusals: rejecting });
      expect(form).toMatchObject({ action: '/api/replays/3/pause', label: 'Pause the replay' });
      expect(step({ replays: [replayWith({})], refusals: rejecting }).sentence).toMatch(/Watch it\.$/);
    });
  });

  test('right after an outage its failures do not stand in the way of a replay', () => {
    const { form } = step({
      dead: twelve,
      breaker: breakerWith({ closedAt: ago(20_000) }),
      recent: recentWith({ ok: 0, okSinceFailure: 0 }),
    });
    expect(form?.label).toBe('Replay 12 messages');
  });

  test.each([
    ['three succeeded since, for ten seconds', { okSinceFailure: 3, secondsSinceFailure: 10 }, true],
    ['that is too short', { okSinceFailure: 3, secondsSinceFailure: 9 }, false],
    ['those are too few', { okSinceFailure: 2, secondsSinceFailure: 50 }, false],
    ['four attempts tell nothing', { ok: 0, failed: 4 }, true],
    ['one in five failed, which is no outage', { ok: 80, failed: 20 }, true],
  ])('nor do failures of the last minute when what is sent now is taken: %s', (_name, recent, offered) => {
    const { form } = step({ dead: twelve, recent: { ...failing, ...recent } });
    expect(form?.label).toBe(offered ? 'Replay 12 messages' : undefined);
  });

  describe('what a person has answered since is left out of a replay', () => {
    const dead = (answered: number | null) => ({
      dead: deadWith({ open: 1050, unclaimed: 1050, messages: 1050, customers: 800, answered }),
    });

    test('the button says how many, and one may include them', () => {
      const { form, link } = step(dead(862));
      expect(form).toMatchObject({
        label: 'Replay 188, leave out 862 that were answered since',
        fields: { skipAnswered: '1' },
      });
      expect(link).toEqual({ to: '/dead-letters/replay?scope=all', label: 'Include them…' });
    });
    test('also where nobody has counted them', () => {
      const { sentence, form } = step(dead(null));
      expect(sentence).toMatch(/What a person has answered since is left out\.$/);
      expect(form).toMatchObject({ label: 'Replay 1,050 messages', fields: { skipAnswered: '1' } });
    });
    test('when that is all of them, nothing is replayed', () => {
      const { sentence, form } = step(dead(1050));
      expect(sentence).toMatch(/^A person has answered since in all conversations of the 1,050 messages/);
      expect(form).toBeUndefined();
    });
  });

  test('one that is no message is called a webhook', () => {
    const { form } = step({ dead: deadWith({ open: 1, unclaimed: 1 }) });
    expect(form?.label).toBe('Replay 1 webhook');
  });

  test('what was set aside is looked at, by what the warning says', () => {
    const { sentence } = step({ intake: intakeWith({ quarantined: 1 }) });
    expect(sentence).toMatch(/set aside: the warning on this page says where it is/);
  });

  test('a paused replay is resumed with one click', () => {
    const { form } = step({ replays: [replayWith({ state: 'paused' })] });
    expect(form).toEqual({ action: '/api/replays/3/resume', label: 'Resume the replay', fields: {} });
  });
});

describe('warnings', () => {
  const warnings = (changes: Partial<OverviewFigures>) => decideWarnings(figuresWith(changes), NOW);

  test('none when nothing needs one', () => {
    expect(warnings({})).toEqual([]);
  });

  test('each names what is so and what to do', () => {
    const all = warnings({
      workers: 0,
      backlog: backlogWith({ pending: 1 }),
      intake: intakeWith({
        spooled: 1,
        spoolInUse: true,
        quarantined: 2,
        open: true,
        rejected: [
          { reason: 'bad_signature', count: 2 },
          { reason: 'brand_new_reason', count: 1 },
        ],
      }),
    });
    expect(all.map(({ id }) => id)).toEqual([
      'worker_missing',
      'spool_in_use',
      'quarantined',
      'rejected',
      'endpoint_open',
    ]);
    expect(all[1]!.sentence).toMatch(/^1 webhook kept in the spool file/);
    expect(all[2]!.cure).toMatch(/spool\/quarantine under DATA_DIR .* moved up into spool is tried again/);
    expect(all[3]!.sentence).toBe(
      '3 webhooks refused in the last 10 min: 2 wrong signature, 1 brand new reason.',
    );
    expect(all.every(({ cure }) => cure.length > 20)).toBe(true);
  });
});
