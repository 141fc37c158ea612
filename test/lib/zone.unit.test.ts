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

test.each([
  // Clocks go back at 01:00 UTC: the hour from 02:00 comes twice.
  ['Europe/Berlin', '2026-10-24T23:59:59Z', '01:59:59'],
  ['Europe/Berlin', '2026-10-25T00:00:00Z', '02:00:00 UTC+2'],
  ['Europe/Berlin', '2026-10-25T00:30:00Z', '02:30:00 UTC+2'],
  ['Europe/Berlin', '2026-10-25T01:30:00Z', '02:30:00 UTC+1'],
  ['Europe/Berlin', '2026-10-25T02:00:00Z', '03:00:00'],
  // Forwards no time comes twice.
  ['Europe/Berlin', '2026-03-29T00:59:00Z', '01:59:00'],
  ['Europe/Berlin', '2026-03-29T01:01:00Z', '03:01:00'],
  ['America/New_York', '2026-11-01T05:30:00Z', '01:30:00 UTC-4'],
  ['America/New_York', '2026-11-01T06:30:00Z', '01:30:00 UTC-5'],
  // By half an hour.
  ['Australia/Lord_Howe', '2026-04-04T14:45:00Z', '01:45:00 UTC+11'],
  ['Australia/Lord_Howe', '2026-04-04T15:15:00Z', '01:45:00 UTC+10:30'],
  ['Australia/Lord_Howe', '2026-04-04T15:45:00Z', '02:15:00'],
  ['Asia/Kolkata', '2026-10-25T00:30:00Z', '06:00:00'],
  ['UTC', '2026-10-25T00:30:00Z', '00:30:00 UTC'],
])('in %s %s is %s: an hour that comes twice is told apart', (zone, at, words) => {
  expect(timeIn(at, zone, 'seconds')).toBe(words);
  const [clock = '', offset = ''] = words.split(' ');
  if (zone === 'UTC') return;
  expect(bareTime(at, zone, 'clock')).toBe([clock.slice(0, 5), offset].filter(Boolean).join(' '));
  const said = `Told at ${at.slice(11, 19)} UTC.`;
  expect(sentenceIn(said, zone, Date.parse(at))).toBe(`Told at ${words}.`);
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
