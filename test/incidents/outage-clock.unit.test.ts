import { expect, test } from 'vitest';
import {
  afterLull,
  afterOutageOf,
  countedTimeText,
  commonLulls,
  lastPartMs,
  outageMs,
  outageRange,
  outageSince,
  outageText,
  partSentence,
  partText,
} from '../../app/features/incidents/outage-clock.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 5, minute));
const MIN = 60_000;
const lull = (from: number, to: number) => ({ from: at(from).toISOString(), to: at(to).toISOString() });
/** Down from 0 to 10, from 25 to 30, and since 50. */
const FAILING = {
  id: 1,
  startedAt: at(0),
  recoveredAt: null,
  lulls: [lull(10, 25), lull(30, 50)],
};

test('a relapse is a new clock, and no length of time counts when it worked', () => {
  expect(outageSince(FAILING)).toEqual(at(50));
  expect(lastPartMs(FAILING, at(54))).toBe(4 * MIN);
  expect(outageMs(FAILING, at(54))).toBe(19 * MIN);
  expect(outageText(FAILING, at(54))).toBe('19 min in 3 parts');
  expect(partText(FAILING)).toBe('third part of incident 1');
  expect(partSentence(FAILING, at(54))).toBe(
    'This is the third part of incident 1: 19 min of outage in all since 05:00 UTC.',
  );
  const over = { ...FAILING, recoveredAt: at(53).toISOString() };
  expect([lastPartMs(over, at(90)), outageMs(over, at(90))]).toEqual([3 * MIN, 18 * MIN]);
});

test('what failed once has one clock and says nothing of parts', () => {
  const once = { ...FAILING, lulls: [] };
  expect([outageSince(once), outageMs(once, at(12)), partText(once)]).toEqual([at(0), 12 * MIN, null]);
  expect([outageText(once, at(12)), partSentence(once, at(12)), countedTimeText(once)]).toEqual([
    '12 min',
    null,
    null,
  ]);
});

test('steps are due after so much outage, and the ladder says which clock it follows', () => {
  expect([5, 10, 12, 15, 20].map((minutes) => afterOutageOf(FAILING, minutes * MIN))).toEqual(
    [5, 10, 27, 30, 55].map(at),
  );
  expect(countedTimeText(FAILING)).toBe(
    'Time counts only while it is down: since 05:00 UTC, without the 35 min in which it worked.',
  );
});

test('it worked from the recovery until it failed again, and not for less than nothing', () => {
  const recovered = { recoveredAt: at(30), lulls: [lull(10, 25)] };
  expect(afterLull(recovered, at(50))).toEqual([lull(10, 25), lull(30, 50)]);
  expect(afterLull(recovered, at(29))).toEqual([lull(10, 25)]);
  expect(afterLull({ ...recovered, recoveredAt: null }, at(50))).toEqual([lull(10, 25)]);
});

test('two incidents that become one worked only when both did', () => {
  const other = { startedAt: at(5), recoveredAt: at(20), lulls: [] };
  expect(commonLulls(FAILING, other)).toEqual([lull(20, 25), lull(30, 50)]);
  expect(commonLulls({ startedAt: at(0), recoveredAt: null, lulls: [] }, other)).toEqual([]);
});

test('the outage as ranges of time for the database', () => {
  const iso = (minute: number) => at(minute).toISOString();
  expect(outageRange({ from: at(0), to: at(60), lulls: FAILING.lulls })).toBe(
    `{[${iso(0)},${iso(10)}],[${iso(25)},${iso(30)}],[${iso(50)},${iso(60)}]}`,
  );
});
