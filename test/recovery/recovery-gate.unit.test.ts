import { describe, expect, test } from 'vitest';
import { type Check, greenStreak, type RecoveryInput } from '../../app/features/recovery/recovery-input.ts';
import { judgeRecovery } from '../../app/features/recovery/recovery-gate.ts';

const NOW = new Date('2026-11-23T06:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
const MINUTE = 60;
const GAP = 12.5 * MINUTE * 1000;

const green = (seconds: number): Check => ({ at: ago(seconds), outcome: 'green', failed: [] });
const red = (seconds: number): Check => ({ at: ago(seconds), outcome: 'red', failed: ['chatwoot'] });
const unknown = (seconds: number): Check => ({ at: ago(seconds), outcome: 'inconclusive', failed: [] });

/** Everything proved: green for 20 minutes, of an outage that began an hour ago. */
const proved = (): RecoveryInput => ({
  incident: { startedAt: ago(60 * MINUTE), stillFiring: [], deliveryClearedAt: null },
  greenMs: 15 * MINUTE * 1000,
  watchMs: 30 * MINUTE * 1000,
  checks: [
    green(0),
    green(5 * MINUTE),
    green(10 * MINUTE),
    green(15 * MINUTE),
    green(20 * MINUTE),
    red(25 * MINUTE),
  ],
  maxGapMs: GAP,
  deadLettersAt: [],
  runs: { delivered: 96, dead: 4 },
  canary: {
    id: 3,
    startedBy: 'Ada',
    outcome: 'passed',
    startedAt: ago(6 * MINUTE),
    finishedAt: ago(5 * MINUTE),
    problem: null,
    webhook: null,
  },
  backlog: { undelivered: 0, withheld: 0, dead: 0, waiting: 0, breached: 0 },
  sla: { inTime: 9, breached: 3, open: 1 },
  replays: { running: 0, finishedAt: null },
  marks: [{ item: 'sla', done: true, at: ago(MINUTE), by: 'Ada', note: '2 breaches, both apologised to.' }],
});

const open = (change: Partial<RecoveryInput>) =>
  judgeRecovery({ ...proved(), ...change }, NOW)
    .items.filter(({ done }) => !done)
    .map(({ key }) => key);
const item = (change: Partial<RecoveryInput>, key: string) =>
  judgeRecovery({ ...proved(), ...change }, NOW).items.find((one) => one.key === key)!;

test('the runbook’s items, all proved', () => {
  const verdict = judgeRecovery(proved(), NOW);
  expect(verdict.items.map(({ key }) => key)).toEqual([
    ...['green', 'dead_letters', 'success', 'canary', 'backlog', 'sla', 'watch'],
  ]);
  expect(verdict).toMatchObject({ passed: true, since: ago(20 * MINUTE) });
});

describe('green, counted in checks', () => {
  test.each([
    ['15:00 between the first and the newest check', [green(0), green(8 * MINUTE), green(15 * MINUTE)], true],
    ['14:59', [green(0), green(8 * MINUTE), green(14 * MINUTE + 59)], false],
    ['one check', [green(0)], false],
    ['a red check within', [green(0), green(5 * MINUTE), red(10 * MINUTE), green(20 * MINUTE)], false],
    ['the newest is red', [red(0), green(5 * MINUTE), green(25 * MINUTE)], false],
    ['a gap that was not measured', [green(0), green(13 * MINUTE), green(20 * MINUTE)], false],
    [
      'an inconclusive check between green ones',
      [green(0), unknown(6 * MINUTE), green(8 * MINUTE), green(16 * MINUTE)],
      true,
    ],
    [
      'inconclusive checks do not fill a gap',
      [green(0), unknown(6 * MINUTE), green(13 * MINUTE), green(20 * MINUTE)],
      false,
    ],
    ['checks from before the outage', [green(0), green(10 * MINUTE), green(61 * MINUTE)], false],
    ['no check', [], false],
  ] as [string, Check[], boolean][])('%s', (_name, checks, done) => {
    expect(item({ checks }, 'green').done).toBe(done);
  });

  test('says how far it is, and why it began anew', () => {
    const checks = [green(0), green(5 * MINUTE), green(9 * MINUTE), red(10 * MINUTE)];
    expect(item({ checks }, 'green')).toMatchObject({
      progress: { done: 9, of: 15 },
      evidence:
        '9 of 15 min green (3 checks, the last at 06:00:00 UTC); begins anew if one fails. chatwoot failed at 05:50:00 UTC.',
    });
    expect(item({ checks: [red(0), ...checks] }, 'green')).toMatchObject({
      progress: { done: 0 },
      evidence: 'chatwoot failed at 06:00:00 UTC. The minutes count from the next green check.',
    });
  });

  test('an old streak is not measured any more', () => {
    const checks = [green(13 * MINUTE), green(20 * MINUTE), green(30 * MINUTE)];
    expect(item({ checks }, 'green').done).toBe(false);
  });

  test('in a drill minutes are divided by its speed', () => {
    const greenMs = (15 * MINUTE * 1000) / 60;
    expect(item({ greenMs, checks: [green(0), green(15)] }, 'green').done).toBe(true);
    expect(item({ greenMs, checks: [green(0), green(14)] }, 'green')).toMatchObject({
      done: false,
      title: 'All health checks green for 15 s',
      evidence: expect.stringContaining('14 of 15 s green') as string,
    });
  });

  test('a rule that still fires, or cleared later, holds it up', () => {
    const incident = { ...proved().incident, stillFiring: ['success_rate'] };
    expect(open({ incident })).toContain('green');
    const cleared = { ...proved().incident, deliveryClearedAt: ago(14 * MINUTE) };
    expect(item({ incident: cleared }, 'green').done).toBe(false);
    expect(greenStreak(proved().checks, ago(14 * MINUTE), GAP)).toMatchObject({
      from: ago(10 * MINUTE),
      checks: 3,
    });
  });
});

describe('dead letters', () => {
  test.each([
    ['before the recovery', [ago(21 * MINUTE)], true],
    ['since, 15:00 ago', [ago(15 * MINUTE)], true],
    ['since, 14:59 ago', [ago(14 * MINUTE + 59)], false],
  ] as [string, Date[], boolean][])('%s', (_name, deadLettersAt, done) => {
    expect(item({ deadLettersAt }, 'dead_letters').done).toBe(done);
  });
});

test.each([
  ['95 of 100 is not more than 95 %', { delivered: 95, dead: 5 }, false],
  ['96 of 100', { delivered: 96, dead: 4 }, true],
  ['951 of 1000', { delivered: 951, dead: 49 }, true],
  ['nothing is unknown, not good', { delivered: 0, dead: 0 }, false],
])('success: %s', (_name, runs, done) => {
  expect(item({ runs }, 'success').done).toBe(done);
});

test('a canary from before the recovery is run again', () => {
  const canary = { ...proved().canary!, finishedAt: ago(20 * MINUTE + 1) };
  expect(open({ canary })).toEqual(['canary']);
  expect(open({ canary: { ...canary, finishedAt: ago(20 * MINUTE) } })).toEqual([]);
  expect(open({ canary: { ...canary, outcome: 'failed', problem: 'No draft.' } })).toEqual(['canary']);
  expect(open({ canary: null })).toEqual(['canary']);
});

test.each([
  [
    { undelivered: 1, withheld: 0, dead: 0, waiting: 0, breached: 0 },
    '1 event from before the recovery not delivered.',
  ],
  [
    { undelivered: 0, withheld: 0, dead: 3, waiting: 2, breached: 1 },
    '3 dead letters neither replayed nor discarded; 2 customers wait since before the recovery; 1 of those who wait is past the target.',
  ],
  [
    { undelivered: 0, withheld: 0, dead: 0, waiting: null, breached: 0 },
    'It is not known who waits: conversations are not read yet.',
  ],
  [
    { undelivered: 0, withheld: 3, dead: 0, waiting: 0, breached: 0 },
    '3 fetched messages wait for a decision: send or leave.',
  ],
])('backlog %j is open', (backlog, evidence) => {
  expect(item({ backlog }, 'backlog')).toMatchObject({ done: false, evidence });
});

test('what is to be reviewed stands there in numbers, or is said not to be known', () => {
  expect(item({ marks: [] }, 'sla').evidence).toBe(
    '9 of 12 customers who began waiting during the outage were answered in time so far. 1 customer not due yet. Review it.',
  );
  expect(item({ marks: [], sla: { inTime: 9, breached: 3, open: 0 } }, 'sla').evidence).toBe(
    '9 of 12 customers who began waiting during the outage were answered in time (75 %). Review it.',
  );
  expect(item({ marks: [], sla: { inTime: 0, breached: 0, open: 2 } }, 'sla').evidence).toBe(
    'Nobody who began waiting during the outage was due an answer yet. 2 customers not due yet. Review it.',
  );
  expect(item({ sla: null }, 'sla').evidence).toBe(
    '2 breaches, both apologised to. · It is not known how the SLA was kept.',
  );
});

test('a review from before the recovery does not count', () => {
  const [mark] = proved().marks;
  expect(open({ marks: [{ ...mark!, at: ago(21 * MINUTE) }] })).toEqual(['sla']);
  expect(open({ marks: [{ ...mark!, done: false }] })).toEqual(['sla']);
  expect(open({ marks: [] })).toEqual(['sla']);
});

describe('watch after a replay', () => {
  const replayed = (seconds: number) => ({ running: 0, finishedAt: ago(seconds) });
  test.each([
    ['30:00 after', { replays: replayed(30 * MINUTE) }, true],
    ['29:59 after', { replays: replayed(30 * MINUTE - 1) }, false],
    ['still running', { replays: { running: 1, finishedAt: ago(60 * MINUTE) } }, false],
    ['a dead letter after it', { replays: replayed(40 * MINUTE), deadLettersAt: [ago(29 * MINUTE)] }, false],
    ['a dead letter before it', { replays: replayed(40 * MINUTE), deadLettersAt: [ago(41 * MINUTE)] }, true],
  ] as [string, Partial<RecoveryInput>, boolean][])('%s', (_name, change, done) => {
    expect(item(change, 'watch').done).toBe(done);
  });

  test('says how far it is', () => {
    expect(item({ replays: replayed(10 * MINUTE + 30) }, 'watch')).toMatchObject({
      progress: { done: 10.5, of: 30 },
      evidence: '10 of 30 min since the replay (05:49:30 UTC); a dead letter begins it anew.',
    });
  });
});

test('nothing counts before the recovery has begun', () => {
  expect(open({ checks: [red(0)] })).toEqual([
    'green',
    'dead_letters',
    'success',
    'canary',
    'backlog',
    'sla',
  ]);
});
