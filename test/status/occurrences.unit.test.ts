import { describe, expect, test } from 'vitest';
import {
  nextOf,
  occurrencesOf,
  parseRule,
  runsTogether,
  type Series,
} from '../../app/features/status/maintenance/occurrences.ts';

const BERLIN: Series = {
  starts: '2026-10-23T01:00',
  zone: 'Europe/Berlin',
  rule: 'FREQ=DAILY',
  minutes: 180,
};
const between = (series: Series, from: string, to: string) =>
  occurrencesOf(series, new Date(from), new Date(to)).map(
    (one) =>
      `${one.from.toISOString().slice(5, 16)} ${(one.to.getTime() - one.from.getTime()) / 3_600_000} h`,
  );

describe('maintenance that comes again keeps the hour of its zone', () => {
  test('in the night in which an hour comes twice, from 1 to 4 o’clock is four hours', () => {
    expect(between(BERLIN, '2026-10-23T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      '10-23T23:00 3 h',
      '10-24T23:00 4 h',
      '10-26T00:00 3 h',
    ]);
  });

  test('in the night that leaves an hour out it is two hours', () => {
    expect(between(BERLIN, '2027-03-26T12:00:00Z', '2027-03-29T12:00:00Z')).toEqual([
      '03-27T00:00 3 h',
      '03-28T00:00 2 h',
      '03-28T23:00 3 h',
    ]);
  });

  test('a beginning that the clock leaves out is no time, one that it has twice is the first, until its end by the clock', () => {
    const half = { ...BERLIN, starts: '2026-10-01T02:30', minutes: 30 };
    expect(between(half, '2027-03-26T12:00:00Z', '2027-03-29T12:00:00Z')).toEqual([
      '03-27T01:30 0.5 h',
      '03-29T00:30 0.5 h',
    ]);
    expect(between(half, '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')).toEqual(['10-25T00:30 1.5 h']);
  });

  test('rules of people: the first Sunday of a month, every second week, so many times', () => {
    const sunday = { ...BERLIN, rule: 'FREQ=MONTHLY;BYDAY=1SU' };
    expect(nextOf(sunday, new Date('2026-11-30T12:00:00Z'))?.from.toISOString()).toBe(
      '2026-12-06T00:00:00.000Z',
    );
    expect(
      between(
        { ...BERLIN, rule: 'FREQ=WEEKLY;INTERVAL=2;COUNT=2' },
        '2026-10-01T00:00:00Z',
        '2027-10-01T00:00:00Z',
      ),
    ).toEqual(['10-22T23:00 3 h', '11-06T00:00 3 h']);
    expect(nextOf({ ...BERLIN, rule: 'FREQ=DAILY;COUNT=1' }, new Date('2026-11-30T12:00:00Z'))).toBeNull();
    expect(
      nextOf({ ...BERLIN, rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, new Date('2026-11-30T12:00:00Z')),
    ).toBeNull();
  });

  test('what is none, or comes too often, is refused', () => {
    expect(parseRule(' rrule:freq=weekly;byday=su ')).toBe('FREQ=WEEKLY;BYDAY=SU');
    for (const typed of [
      '',
      'x',
      'FREQ=HOURLY',
      'FREQ=SECONDLY',
      'FREQ=DAILY;BYSECOND=1',
      'FREQ=DAILY\nEXDATE:1',
      'INTERVAL=2',
      'FREQ=YEARLY;BYMONTH=13',
      'FREQ=YEARLY;BYMONTH=0',
      'FREQ=MONTHLY;BYMONTHDAY=32',
      'FREQ=WEEKLY;BYDAY=XX',
      'FREQ=WEEKLY;BYDAY=1SU',
      'FREQ=WEEKLY;BYMONTHDAY=1',
      'FREQ=DAILY;INTERVAL=0',
      'FREQ=DAILY;COUNT=0',
      'FREQ=DAILY;COUNT=2;UNTIL=20270101',
      'FREQ=DAILY;UNTIL=2027',
      'FREQ=DAILY;FREQ=WEEKLY',
      'FREQ=MONTHLY;BYSETPOS=1',
    ])
      expect([typed, parseRule(typed)]).toEqual([typed, null]);
  });

  test('the next one is found however far away it is', () => {
    const after = new Date('2026-11-30T12:00:00Z');
    const next = (rule: string) =>
      nextOf({ ...BERLIN, rule }, after)
        ?.from.toISOString()
        .slice(0, 10);
    expect(next('FREQ=YEARLY;INTERVAL=4')).toBe('2030-10-22');
    expect(next('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO')).toBe('2044-02-29');
  });

  test.each([
    ['a week of each day', 'FREQ=DAILY', 7 * 1440 + 180, true],
    ['a day of each day', 'FREQ=DAILY', 1440, true],
    ['all but an hour of each day', 'FREQ=DAILY', 1380, false],
    ['eight days of each week', 'FREQ=WEEKLY', 8 * 1440, true],
    ['only the ends of some months', 'FREQ=MONTHLY;BYMONTHDAY=1,31', 1500, true],
    ['the one time that there is', 'FREQ=DAILY;COUNT=1', 8 * 1440, false],
    ['once a month', 'FREQ=MONTHLY', 14 * 1440, false],
  ])('whether times run together: %s', (_what, rule, minutes, together) => {
    expect(runsTogether({ ...BERLIN, rule, minutes }, new Date('2026-10-01T00:00:00Z'))).toBe(together);
  });
});
