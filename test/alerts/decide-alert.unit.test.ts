import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideAlert } from '../../app/features/alerts/decide-alert.ts';
import type { AlertState, RuleReading } from '../../app/features/alerts/rule-reading.ts';

const START = Date.parse('2026-09-22T05:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000);
const SETTINGS = { ALERT_RECOVERY_CHECKS: 3 };

type Said = 'firing' | 'ok' | 'unknown' | 'breaks';

const said = (state: Said, evidence: number, spacingMs = 0): RuleReading => ({
  rule: 'a_rule',
  state: state === 'breaks' ? 'unknown' : state,
  severity: 'P1',
  cause: 'delivery',
  related: null,
  title: 'It fails',
  value: 1,
  threshold: 2,
  words: state,
  numbers: {},
  firstBadAt: state === 'firing' ? at(evidence - 60) : null,
  evidenceAt: at(evidence),
  spacingMs,
  ...(state === 'breaks' && { breaksRecovery: true }),
});

/** Feeds readings one after the other, each `[what it says, when, of which evidence]`. */
function feed(readings: [Said, number, number?][], spacingMs = 0) {
  let alert: AlertState | null = null;
  return readings.map(([state, now, evidence = now]) => {
    const decision = decideAlert(alert, said(state, evidence, spacingMs), at(now), SETTINGS);
    alert = decision.next;
    return decision;
  });
}
const changes = (...args: Parameters<typeof feed>) => feed(...args).map(({ change }) => change);

test('fires once, and clears after three good readings in a row', () => {
  expect(
    changes([
      ['ok', 0],
      ['firing', 10],
      ['firing', 20],
      ['ok', 30],
      ['ok', 40],
      ['ok', 50],
      ['ok', 60],
    ]),
  ).toEqual([null, 'fired', null, null, null, 'cleared', null]);
});

test('a bad reading in between starts the recovery anew', () => {
  expect(
    changes([
      ['firing', 0],
      ['ok', 10],
      ['ok', 20],
      ['firing', 30],
      ['ok', 40],
      ['ok', 50],
      ['breaks', 60],
      ['ok', 70],
      ['ok', 80],
      ['ok', 90],
    ]),
  ).toEqual(['fired', null, null, null, null, null, null, null, null, 'cleared']);
});

test('unknown neither fires nor clears, and does not count', () => {
  expect(
    changes([
      ['unknown', 0],
      ['firing', 10],
      ['unknown', 20],
      ['ok', 30],
      ['unknown', 40],
      ['ok', 50],
      ['unknown', 60],
      ['ok', 70],
    ]),
  ).toEqual([null, 'fired', null, null, null, null, null, 'cleared']);
});

test('looking again at the same check counts once', () => {
  const looks = Array.from({ length: 100 }, (_, n): [Said, number, number] => ['ok', 31 + n, 30]);
  const found = feed([['firing', 0], ...looks]);
  expect(found.at(-1)).toMatchObject({ change: null, next: { state: 'firing', okStreak: 1 } });
});

test('good readings of a rule over a window count once in 20 seconds', () => {
  const looks = Array.from({ length: 61 }, (_, n): [Said, number] => ['ok', n + 1]);
  const found = feed([['firing', 0], ...looks], 20_000);
  const cleared = found.findIndex(({ change }) => change === 'cleared');
  expect(cleared).toBe(60);
});

test('the onset is the first failed check, and stays so while it fires', () => {
  const found = feed([
    ['firing', 100],
    ['firing', 200],
  ]);
  expect(found[1]?.next).toMatchObject({ since: at(100), firstBadAt: at(40) });
});

test('whatever is read, in whatever order: fired and cleared take turns, and each clearing has three good readings after the last bad one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom<Said>('firing', 'ok', 'unknown', 'breaks'), { maxLength: 60 }),
      (states) => {
        const found = feed(states.map((state, n) => [state, n]));
        let last: string | null = 'cleared';
        found.forEach(({ change }, n) => {
          if (!change) return;
          expect(change).not.toBe(last);
          last = change;
          if (change === 'fired') expect(states[n]).toBe('firing');
          else {
            const lastBad = states.findLastIndex(
              (state, index) => index < n && (state === 'firing' || state === 'breaks'),
            );
            const good = states.slice(lastBad + 1, n + 1).filter((state) => state === 'ok');
            expect(good).toHaveLength(3);
          }
        });
      },
    ),
  );
});
