import { expect, test } from 'vitest';
import { apart } from '../../app/components/layout/page.tsx';
import { wrongWithTemplate } from '../../app/features/notify/channels/template/template.ts';
import { nextOf } from '../../app/features/status/maintenance/occurrences.ts';
import { unknownField } from '../../app/features/tickets/fill-template.ts';
import { isFromMachine } from '../../app/lib/chatwoot/whose-answer.ts';

/** Nobody else is answered while one text is read: what it costs may grow with its length, and with nothing else. */
const MOST_MS = 1500;

const fromMail = (from: string) => isFromMachine({ content_attributes: { email: { from } } });
const soon =
  (rule: string, starts = '2026-12-31T23:59') =>
  () =>
    nextOf({ starts, zone: 'Europe/Berlin', rule, minutes: 60 }, new Date('2026-11-30T12:00:00Z'))?.from ??
    null;

const TEXTS: [string, () => unknown, unknown][] = [
  [
    'blanks in a field of a webhook that nobody closes',
    () => wrongWithTemplate(JSON.stringify([`{{${' '.repeat(7900)}`])),
    null,
  ],
  ['blanks in a field of an answer', () => unknownField(`{{${' '.repeat(200_000)}`), null],
  [
    'a sender with a mile of plus signs and a line break',
    () => fromMail(`${'+'.repeat(1_000_000)}\n@example.com`),
    false,
  ],
  ['a sender with a mile of numbers', () => fromMail(`${'-1'.repeat(1_000_000)}x@example.com`), false],
  ['evidence with a mile of brackets', () => apart(`a${' (a);'.repeat(20_000)}x\n`).exact, 'a'],
  [
    'a rule that comes a thousand times, every 42 months',
    soon(
      'FREQ=MONTHLY;INTERVAL=42;COUNT=3385;BYDAY=1SA,-53MO;BYMONTHDAY=-31,15,29,30,1;BYMONTH=6,10,2,12;BYSETPOS=-1,366',
    ),
    new Date('2030-06-01T21:59:00Z'),
  ],
  [
    'a rule that comes a thousand times and never',
    soon(
      'FREQ=YEARLY;INTERVAL=34;COUNT=1634;BYDAY=53SA,WE,53WE,-53TU;BYMONTH=5,4,6,7;BYSETPOS=366',
      '2028-02-29T02:30',
    ),
    null,
  ],
];

test.each(TEXTS)('%s', (_name, read, expected) => {
  const before = process.cpuUsage();
  expect(read()).toEqual(expected);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(MOST_MS);
});

test('what is apart in a sentence is what it was', () => {
  expect(apart('It answered 503 (Service Unavailable).')).toEqual({
    plain: 'It answered 503.',
    exact: 'Service Unavailable',
  });
  expect(apart('It failed (a (b) c), and again (d)')).toEqual({
    plain: 'It failed, and again (d)',
    exact: 'a (b) c',
  });
  expect(apart('Delivered (99.2 %)')).toEqual({ plain: 'Delivered (99.2 %)', exact: null });
  expect(apart('Nothing () here.')).toEqual({ plain: 'Nothing () here.', exact: null });
});

test('robots are known by what stands before a tag', () => {
  const addresses = [
    'no-reply@x.example',
    'bounces+7=a@x.example',
    'bounces-17@x.example',
    'mailer-daemon@x',
    'Ada+x@x.example',
    'ada-1@x.example',
  ];
  expect(addresses.map(fromMail)).toEqual([true, true, true, true, false, false]);
});
