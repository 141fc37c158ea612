import { describe, expect, test } from 'vitest';
import { decideNextStep } from '../../app/features/overview/decide-next-step.ts';
import { decideVerdict } from '../../app/features/overview/decide-verdict.ts';
import { decideWarnings } from '../../app/features/overview/decide-warnings.ts';
import type { CurrentIncident, OverviewFigures } from '../../app/features/overview/figures.ts';
import { tilesOf } from '../../app/features/overview/tiles/tiles.ts';
import { rung, step } from '../components/incident-fixtures.ts';
import {
  ago,
  backlogWith,
  breakerWith,
  componentWith,
  deadWith,
  figuresWith,
  incidentWith,
  MINUTE,
  NOW,
  outageWith,
  recentWith,
  SECOND,
  waitingWith,
} from './figures.ts';

const down = componentWith({
  state: 'down',
  failures: 3,
  firstFailedAt: '2026-09-22T05:02:10.000Z',
  detail: '503 in 12 ms at /health',
});
const agent = componentWith({ name: 'agent', label: 'Agent service' });
const outage = (incident: Partial<CurrentIncident> = {}, changes: Partial<OverviewFigures['outage']> = {}) =>
  outageWith({ components: [down, agent], incidents: [incidentWith(incident)], ...changes });
const verdict = (changes: Partial<OverviewFigures>) => decideVerdict(figuresWith(changes), NOW);
const next = (changes: Partial<OverviewFigures>) => decideNextStep(figuresWith(changes));

describe('the verdict', () => {
  test('of an outage that nobody knows of: since when, who waits, and that nobody was told', () => {
    const backlog = backlogWith({ pending: 12, messages: 12, customers: 8 });
    expect(verdict({ outage: outage(), backlog })).toEqual({
      tone: 'critical',
      word: 'Outage',
      sentence:
        'Chatwoot has not answered since 05:02 UTC. Customers cannot reach us by chat; 12 messages for the Agent service are held safely; none is lost. Nobody is on it yet, and nobody has been told.',
      detail: '503 in 12 ms at /health',
      since: '2026-09-22T05:02:10.000Z',
      incidentId: 7,
    });
  });

  test.each<[Partial<CurrentIncident>, RegExp]>([
    [{ told: ['the team'] }, /\. The team has been told; nobody is on it yet\.$/],
    [{ told: ['the team', 'Ada'] }, /\. The team and Ada have been told; nobody is on it yet\.$/],
    [{ status: 'acknowledged', acknowledgedBy: 'Nora' }, /\. Nora is on it\.$/],
  ])('says who was told and who is on it: %j', (incident, words) => {
    expect(verdict({ outage: outage(incident) }).sentence).toMatch(words);
  });

  test('a medium one is no outage; others are counted', () => {
    const incidents = [incidentWith({ severity: 'P2' }), incidentWith({ id: 8, cause: 'network' })];
    const found = verdict({ outage: outage({}, { incidents }) });
    expect(found).toMatchObject({ tone: 'warning', word: 'Degraded' });
    expect(found.sentence).toMatch(/ 1 more incident is open\.$/);
  });

  test('one good check is no end yet, and dead letters come first then', () => {
    const again = { outage: outage({}, { components: [componentWith({ successes: 1 }), agent] }) };
    expect(verdict(again)).toMatchObject({ tone: 'warning', word: 'Answers again' });
    const guide = (phase: string) =>
      outage({ nextGuideStep: step({ phase }) }, { components: [componentWith(), agent] });
    expect(next({ outage: guide('Investigation') }).sentence).toMatch(/^It works again, .* answer who waits/);
    expect(next({ outage: guide('Recovery') }).sentence).toMatch(/^Recovery: /);
    expect(
      verdict({ ...again, dead: deadWith({ open: 2, unclaimed: 2, messages: 2, customers: 1 }) }).word,
    ).toBe('Dead letters');
  });

  describe('of messages that the Agent service refuses', () => {
    const delivery = {
      cause: 'delivery',
      severity: 'P1',
      title: 'Messages do not get through to the Agent service',
    } as const;
    const incident = outage(delivery, { components: [componentWith(), agent] });
    const failing = recentWith({ ok: 1, failed: 30, okSinceFailure: 0, secondsSinceFailure: 1 });
    const repaired = recentWith({ ok: 12, failed: 30, okSinceFailure: 11, secondsSinceFailure: 10 });

    test('tells how many fail, also when the breaker has found it answering meanwhile', () => {
      for (const breaker of [breakerWith({}), breakerWith({ closedAt: ago(MINUTE) })]) {
        const found = verdict({
          outage: incident,
          recent: failing,
          breaker,
          dead: deadWith({ unclaimed: 9 }),
        });
        expect(found).toMatchObject({ tone: 'critical', word: 'Outage' });
        expect(found.sentence).toMatch(
          /^Messages do not get through to the Agent service: 30 of 31 attempts of the last minute failed\. People/,
        );
      }
    });

    test('of a part of them it says so', () => {
      const recent = recentWith({ ok: 68, failed: 18, okSinceFailure: 0, secondsSinceFailure: 1 });
      expect(verdict({ outage: incident, recent }).sentence).toMatch(
        /^Some messages do not .*: 18 of 86 attempts/,
      );
    });

    test('tells that it takes them again as soon as it does, and offers the replay', () => {
      const dead = deadWith({ open: 9, unclaimed: 9, messages: 9, customers: 4 });
      expect(verdict({ outage: incident, recent: repaired })).toMatchObject({
        tone: 'warning',
        word: 'Answers again',
        sentence:
          'Messages get through to the Agent service again: the last 11 attempts succeeded. A few more will make sure.',
      });
      expect(next({ outage: incident, recent: repaired, dead }).form?.label).toBe('Replay 9 messages');
      expect(verdict({ outage: incident, recent: repaired, dead }).word).toBe('Dead letters');
    });

    test('without anything sent lately it is an outage still: nothing shows that it is over', () => {
      const silent = recentWith({ ok: 0, failed: 0, okSinceFailure: 0, secondsSinceFailure: 80 });
      expect(verdict({ outage: incident, recent: silent })).toMatchObject({ word: 'Outage' });
    });
  });

  test('failing again, it tells of the outage since then, which part it is, and how long all were', () => {
    const again = verdict({
      outage: outage({
        startedAt: ago(60 * MINUTE).toISOString(),
        lulls: [{ from: ago(50 * MINUTE).toISOString(), to: ago(4 * MINUTE).toISOString() }],
      }),
    });
    expect(again).toMatchObject({ word: 'Outage', since: ago(4 * MINUTE).toISOString() });
    expect(again.sentence).toMatch(
      /This is the second part of incident 7: 14 min of outage in all since \d\d:\d\d UTC\./,
    );
  });

  test('recovered, it stays in sight until somebody resolves it', () => {
    const recovered = {
      outage: outage(
        { recoveredAt: ago(3 * MINUTE).toISOString() },
        { components: [componentWith(), agent] },
      ),
    };
    expect(verdict(recovered)).toMatchObject({ tone: 'info', word: 'Recovered' });
    expect(verdict(recovered).sentence).toMatch(/^It has been working again for 3 min\. Incident 7 \(/);
    expect(next(recovered).sentence).toMatch(/^Verify the recovery, then resolve incident 7/);
    const byHand = { ...recovered, paused: { since: ago(9 * MINUTE), by: 'Nora' } };
    expect(next(byHand)).toMatchObject({
      sentence: expect.stringMatching(/^It works again: go through the restore checklist/) as string,
      link: { to: '/recovery' },
    });
  });

  test('in fallback mode, which sends nothing, its health check tells that it was repaired, if that had failed', () => {
    const paused = { since: ago(8 * MINUTE), by: 'Nora' };
    const breaker = breakerWith({ state: 'open', openedAt: ago(9 * MINUTE) });
    const of = (since: Date, changes: Partial<OverviewFigures> = {}) => ({
      ...{ paused, breaker, backlog: backlogWith({ pending: 12, messages: 12, customers: 3 }) },
      outage: outage(
        { cause: 'delivery', status: 'acknowledged', startedAt: ago(9 * MINUTE).toISOString() },
        { components: [componentWith(), { ...agent, since: since.toISOString() }] },
      ),
      ...changes,
    });
    const repaired = of(ago(2 * MINUTE));
    expect(verdict(repaired)).toMatchObject({ tone: 'warning', word: 'Answers again', incidentId: 7 });
    expect(verdict(repaired).sentence).toMatch(
      /^The Agent service answers its health check again\. .* a test message shows\. 12 messages .* held safely/,
    );
    expect(next(repaired)).toMatchObject({ link: { to: '/recovery' } });
    expect(tilesOf(figuresWith(repaired), NOW).find(({ id }) => id === 'agent')).toMatchObject({
      tone: 'warning',
      word: 'Not tried',
    });
    // Its health check never failed, or it would be sent something: that check says nothing of messages.
    for (const still of [of(ago(60 * MINUTE)), of(ago(2 * MINUTE), { paused: null })]) {
      expect(verdict(still)).toMatchObject({ tone: 'critical', word: 'Outage' });
      expect(next(still).link?.to).not.toBe('/recovery');
    }
  });

  test('resolved, its report is what is left to do until somebody has signed it', () => {
    const due = (dueInMs: number) => ({ outage: outageWith({ reportDue: { incidentId: 7, dueInMs } }) });
    expect(next(due(23 * 60 * MINUTE + MINUTE))).toEqual({
      sentence: 'Write and sign the report of incident 7: it is due in 23 h 1 min.',
      link: { to: '/incidents/7/report', label: 'Open the report' },
    });
    expect(next(due(-2 * MINUTE)).sentence).toMatch(/: it has been due for 2 min\.$/);
  });

  test.each<[string, Partial<OverviewFigures['outage']['components'][number]>, string, RegExp]>([
    ['a first failed check', { state: 'down', failures: 1 }, 'A check failed', /^Chatwoot failed its last/],
    ['no check for long', { stale: true, state: 'unknown' }, 'Unknown', /has not been checked for 1 min/],
    ['no network', { state: 'inconclusive', detail: 'cannot reach anything' }, 'Unknown', /is not known/],
  ])('%s is not green', (_name, changes, word, sentence) => {
    const found = verdict({ outage: outageWith({ components: [componentWith(changes), agent] }) });
    expect(found.word).toBe(word);
    expect(found.sentence).toMatch(sentence);
    expect(found.tone).not.toBe('good');
  });
});

describe('the next step', () => {
  test('somebody says that they are on it, then the guide step by step', () => {
    expect(next({ outage: outage() }).form).toMatchObject({
      action: '/api/incidents/7/acknowledge',
      needs: 'incidents.respond',
    });
    const acknowledged = { status: 'acknowledged', acknowledgedBy: 'Nora' } as const;
    expect(next({ outage: outage({ ...acknowledged, nextGuideStep: step() }) })).toMatchObject({
      sentence: 'Immediate response: Verify the scope of the outage.',
      form: { action: '/api/incidents/7/run-step', label: 'Check now', fields: { step: 'verify_scope' } },
    });
    const byHand = step({ how: 'link', link: { to: '/fallback', label: 'Go to fallback mode' } });
    expect(next({ outage: outage({ ...acknowledged, nextGuideStep: byHand }) })).toMatchObject({
      form: { action: '/api/incidents/7/tick-step', label: 'Done' },
      link: { to: '/fallback' },
    });
  });
});

describe('warnings', () => {
  const ids = (changes: Partial<OverviewFigures>) =>
    decideWarnings(figuresWith(changes), NOW).map(({ id }) => id);
  const one = (changes: Partial<OverviewFigures>) => decideWarnings(figuresWith(changes), NOW)[0]!;
  const due = (ms: number) => ago(ms).toISOString();

  test('a step that is due and has nobody to tell; not one that is to come', () => {
    const gap = rung({ state: 'gap', contacts: [], role: 'CEO', dueAt: due(SECOND) });
    expect(one({ outage: outage({ ladder: [gap] }) })).toMatchObject({ id: 'told_nobody', tone: 'critical' });
    expect(ids({ outage: outage({ ladder: [{ ...gap, dueAt: due(-SECOND) }] }) })).toEqual([]);
  });

  test('a step that nobody took although it was due', () => {
    const late = rung({ role: 'CEO', dueAt: due(2 * MINUTE) });
    const { id, sentence } = one({ outage: outage({ ladder: [late] }) });
    expect(id).toBe('escalation_overdue');
    expect(sentence).toBe('CEO should have been told at 05:29 UTC and has not been, 2 min ago.');
    expect(ids({ outage: outage({ ladder: [{ ...late, dueAt: due(5 * SECOND) }] }) })).toEqual([]);
  });

  test('a phase of the runbook that is late', () => {
    expect(one({ outage: outage({ nextGuideStep: step() }) }).sentence).toBe(
      '“Immediate response” should have been finished within 5 min: it is 24 min late.',
    );
    expect(ids({ outage: outage({ nextGuideStep: step({ phaseMinutes: null }) }) })).toEqual([]);
    expect(ids({ outage: outage({ nextGuideStep: step(), recoveredAt: due(0) }) })).toEqual([]);
  });

  test('messages that were not accepted, with the answer', () => {
    const untold = [{ incidentId: 7, failed: 1, retrying: 2, answer: '550 no such user' }];
    expect(one({ outage: outageWith({ untold }) })).toMatchObject({
      tone: 'critical',
      sentence:
        'People could not be told about incident 7: 1 message not accepted, 2 messages being tried again (550 no such user).',
    });
  });

  test('roles without an address, before an outage', () => {
    const gaps = ['CEO', 'Infrastructure'].map((role) => ({ role, reason: 'There is no address yet.' }));
    expect(one({ outage: outageWith({ gaps }) }).sentence).toBe(
      'In an outage nobody could be told for these roles: CEO and Infrastructure.',
    );
  });
});

describe('the tile of the customers who wait', () => {
  const tile = (changes: Parameters<typeof waitingWith>[0]) => {
    const outage = outageWith({ waiting: { figures: waitingWith(changes), samples: [] } });
    return tilesOf(figuresWith({ outage }), NOW).find(({ id }) => id === 'waiting')!;
  };
  const byHand = { waiting: 2, breached: 1, oldestSince: ago(40 * MINUTE).toISOString() };

  test('counts those in tickets kept by hand', () => {
    const shown = tile({ waiting: 3, oldestSince: ago(5 * MINUTE).toISOString(), byHand });
    expect(shown).toMatchObject({ tone: 'warning', word: '1 past the target', figure: '5 waiting' });
    expect(shown.details.slice(0, 2)).toEqual([
      'Longest 40 min',
      '2 in tickets kept by hand, 1 past the target',
    ]);
  });
  test('does not call known what is not, and says what is', () => {
    expect(tile({ known: false, waiting: null, breached: null, byHand })).toMatchObject({
      figure: 'Unknown',
      details: ['Webhooks not read yet', '2 in tickets kept by hand, 1 past the target'],
    });
  });
});

describe('the tile of Chatwoot', () => {
  const tile = (changes: Partial<OverviewFigures>) => tilesOf(figuresWith(changes), NOW)[0]!;

  test.each<[string, Partial<OverviewFigures>, object]>([
    ['up', {}, { tone: 'good', word: 'Up', figure: 'Answers in 84 ms' }],
    ['down', { outage: outage() }, { tone: 'critical', word: 'Down', figure: 'Has not answered for 29 min' }],
    [
      'never checked',
      { outage: outageWith({ components: [] }) },
      { tone: 'unknown', word: 'Not checked yet', figure: 'Unknown' },
    ],
    [
      'not checked lately',
      { outage: outageWith({ components: [componentWith({ stale: true, state: 'unknown' })] }) },
      { tone: 'unknown', word: 'Not checked lately', details: ['Last checked 1 min ago'] },
    ],
    [
      'own network gone',
      { outage: outageWith({ components: [componentWith({ state: 'inconclusive' })] }) },
      { tone: 'unknown', word: 'Inconclusive', figure: 'Unknown' },
    ],
    [
      'token refused',
      { outage: outageWith({ components: [componentWith({ state: 'degraded' })] }) },
      { tone: 'warning', word: 'Degraded' },
    ],
    ['not connected', { agentHealthUrl: null }, { tone: 'unknown', word: 'Not connected' }],
  ])('%s', (_name, changes, expected) => {
    expect(tile(changes)).toMatchObject({ title: 'Chatwoot', ...expected });
  });

  test('90 days in bars and in words', () => {
    const days = 'Checks failed on 2 of 90 days since 2026-07-02';
    const found = tile({
      outage: outageWith({ uptime: { chatwoot: { levels: 'g', days, downTodayMs: 14 * MINUTE } } }),
    });
    expect(found.days).toBe('g');
    expect(found.details.slice(-2)).toEqual(['Down 14 min today (UTC)', days]);
  });
});
