import { expect, test } from 'vitest';
import { choiceCookie, readChoices } from '../../app/lib/browser-choices.ts';
import { bareTime, knownZone, sentenceIn, timeIn } from '../../app/lib/zone.ts';

const NEAR = Date.parse('2026-07-23T08:00:00Z');

test.each([
  ['UTC', 'full', '2026-07-23 22:12:07 UTC'],
  ['UTC', 'clock', '22:12 UTC'],
  ['Europe/Berlin', 'full', '2026-07-24 00:12:07'],
  ['Europe/Berlin', 'clock', '00:12'],
  ['Asia/Kolkata', 'seconds', '03:42:07'],
  ['America/St_Johns', 'minute', '2026-07-23 19:42'],
] as const)('in %s the %s time is %s', (zone, form, text) => {
  expect(timeIn('2026-07-23T22:12:07.999Z', zone, form)).toBe(text);
});

test('a table that names the zone in its head leaves it out', () => {
  expect(bareTime('2026-07-23T22:12:07Z', 'UTC', 'seconds')).toBe('22:12:07');
});

test.each([
  ['It works again since 05:12:07 UTC, after 4 min.', 'It works again since 07:12:07, after 4 min.'],
  [
    '3 messages never reached us between 2026-07-22 23:50 and 23:58 UTC.',
    '3 messages never reached us between 2026-07-23 01:50 and 01:58.',
  ],
  ['Too late in 14:02 (3), 14:05 (1) UTC.', 'Too late in 16:02 (3), 16:05 (1).'],
  ['Began 2026-01-23 05:12:07 UTC.', 'Began 2026-01-23 06:12:07.'],
  ['Down 14 min today (UTC)', 'Down 14 min today (UTC)'],
  [
    'Agent service told at 05:01:00 UTC; CEO told at 05:06:00 UTC',
    'Agent service told at 07:01:00; CEO told at 07:06:00',
  ],
  ['99:99 UTC is no time', '99:99 UTC is no time'],
  ['At 12:30 nobody says where', 'At 12:30 nobody says where'],
])('"%s" is read in Berlin', (said, read) => {
  expect(sentenceIn(said, 'Europe/Berlin', NEAR)).toBe(read);
  expect(sentenceIn(said, 'UTC', NEAR)).toBe(said);
});

test('only zones that exist count, and all names of UTC are one', () => {
  expect(
    ['Europe/Berlin', 'Etc/UTC', 'GMT', 'Mars/Olympus', '', '+05:00', '../../etc', 'x'.repeat(99)].map(
      knownZone,
    ),
  ).toEqual(['Europe/Berlin', 'UTC', 'UTC', null, null, null, null, null]);
});

test('cookies that nobody could have chosen are not chosen', () => {
  const cookie = (...pairs: [string, string][]) =>
    pairs.map(([name, value]) => choiceCookie(name, value, false).split(';')[0]).join('; ');
  expect(
    readChoices(
      cookie(['oc-theme', 'dark'], ['oc-zone', 'Asia/Kolkata'], ['oc-browser-zone', 'Europe/Berlin']),
    ),
  ).toEqual({ theme: 'dark', zone: 'Asia/Kolkata', browserZone: 'Europe/Berlin', stepsAway: false });
  const nothing = { theme: 'system', zone: null, browserZone: null, stepsAway: false };
  expect(readChoices('oc-theme=<script>; oc-zone=%E0%A4%A; oc-browser-zone=Nowhere')).toEqual(nothing);
  expect(readChoices(null)).toEqual(nothing);
});
