import { expect, test } from 'vitest';
import {
  fillTemplate,
  mailLink,
  mergeValues,
  unknownField,
} from '../../app/features/tickets/fill-template.ts';
import { mergeNote } from '../../app/features/tickets/merge/merge-view.ts';
import { readLength, readMoment } from '../../app/features/tickets/import/read-row.ts';
import { responseMinutes, slaClock } from '../../app/features/tickets/sla-clock.ts';
import type { TicketView } from '../../app/features/tickets/ticket-view.ts';

const AT = Date.parse('2026-11-23T12:00:00Z');
const iso = (minutes: number) => new Date(AT + minutes * 60_000).toISOString();
const ticket = (more: Partial<TicketView> = {}): TicketView => ({
  ...{
    id: 7,
    customer: 'Cleo',
    email: null,
    issue: 'x',
    status: 'open',
    receivedAt: iso(0),
    receivedKnown: true,
  },
  ...{ firstResponseAt: null, dueAt: iso(30), externalId: null, createdBy: 'Ada', version: 1 },
  ...{ textRemoved: false, merge: null, ...more },
});

test.each([
  [0, {}, { state: 'waiting', leftMs: 1_800_000 }],
  [20, {}, { state: 'waiting', leftMs: 600_000 }],
  [20.1, {}, { state: 'soon', leftMs: 594_000 }],
  [30, {}, { state: 'soon', leftMs: 0 }],
  [31, {}, { state: 'breached', lateMs: 60_000 }],
  [99, { firstResponseAt: iso(30), status: 'answered' }, { state: 'answered_in_time', tookMs: 1_800_000 }],
  [
    99,
    { firstResponseAt: iso(32), status: 'closed' },
    { state: 'answered_late', tookMs: 1_920_000, lateMs: 120_000 },
  ],
  [99, { status: 'answered' }, { state: 'answered_unknown' }],
  [99, { status: 'closed' }, { state: 'closed_unanswered' }],
  [99, { merge: { state: 'done' } }, { state: 'merged' }],
  [99, { merge: { state: 'failed' } }, { state: 'breached', lateMs: 4_140_000 }],
] as const)('clock after %s min of %j', (minutes, more, state) => {
  expect(slaClock(ticket(more as Partial<TicketView>), AT + minutes * 60_000)).toEqual(state);
});

test('response time in minutes, to a tenth', () => {
  expect(responseMinutes(ticket())).toBeNull();
  expect(responseMinutes(ticket({ firstResponseAt: new Date(AT + 754_000).toISOString() }))).toBe(12.6);
});

test("fields are filled in once: a field inside a customer's words stays as it is", () => {
  const values = mergeValues(
    { customer: '{{agent}}', issue: `${'é'.repeat(90)}\nmore`, name: 'T-7' },
    { agent: 'Ada $&', supportEmail: 's@example.com' },
  );
  expect(fillTemplate('{{customer}} {{ agent }} {{ticket}} {{nothing}}', values)).toBe(
    '{{agent}} Ada $& T-7 {{nothing}}',
  );
  expect(values.issue).toBe(`${'é'.repeat(79)}…`);
  expect(unknownField('{{customer}} {{constructor}}')).toBe('constructor');
  expect(unknownField('{{customer}}')).toBeNull();
});

test('mailto: nothing that is written becomes a header, and half an answer is never in it', () => {
  const link = mailLink({
    to: 'a+b&cc=x@example.com',
    subject: 'Re: a\r\nBcc: x',
    body: 'one\ntwo & three?',
  });
  const url = new URL(link.href);
  expect(decodeURIComponent(url.pathname)).toBe('a+b&cc=x@example.com');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    subject: 'Re: a Bcc: x',
    body: 'one\r\ntwo & three?',
  });
  expect(mailLink({ to: 'a@b.example', subject: 's', body: 'x'.repeat(3000) })).toEqual({
    href: 'mailto:a@b.example?subject=s',
    whole: false,
  });
});

const BERLIN = { zone: 'Europe/Berlin', order: 'month_first' } as const;
test.each([
  ['2026-11-23 14:05', BERLIN, '2026-11-23T13:05:00.000Z'],
  ['2026-07-23T14:05:30', BERLIN, '2026-07-23T12:05:30.000Z'],
  ['2026-11-23T14:05:00Z', BERLIN, '2026-11-23T14:05:00.000Z'],
  ['2026-11-23 14:05 UTC', BERLIN, '2026-11-23T14:05:00.000Z'],
  ['2026-11-23 14:05+05:30', BERLIN, '2026-11-23T08:35:00.000Z'],
  ['23.11.2026 14:05', BERLIN, '2026-11-23T13:05:00.000Z'],
  ['4/5/2026 2:05 PM', { ...BERLIN, zone: 'America/New_York' }, '2026-04-05T18:05:00.000Z'],
  ['4/5/2026 2:05 PM', { ...BERLIN, order: 'day_first' }, '2026-05-04T12:05:00.000Z'],
  ['12/31/2025 12:00 am', { ...BERLIN, zone: 'UTC' }, '2025-12-31T00:00:00.000Z'],
  // Shown twice: the first of the two. Skipped: none.
  ['2026-10-25 02:30', BERLIN, '2026-10-25T00:30:00.000Z'],
  ['2026-03-29 02:30', BERLIN, null],
  ['23/11/2026 14:05', BERLIN, null],
  ['2026-02-30 10:00', BERLIN, null],
  ['yesterday', BERLIN, null],
  ['14:05', BERLIN, null],
] as const)('the moment "%s"', (text, reading, expected) => {
  expect(readMoment(text, reading)?.toISOString() ?? null).toBe(expected);
});

test.each([
  ['12', 720_000],
  ['12,5 min', 750_000],
  ['0:12', 720_000],
  ['01:05:30', 3_930_000],
  ['1 h 5 min', 3_900_000],
  ['45 s', 45_000],
  ['2 days', 172_800_000],
  ['soon', null],
  ['0:75', null],
  ['-3', null],
  ['9999999', null],
  ['1'.repeat(50_000), null],
])('the length "%.12s"', (text, ms) => {
  expect(readLength(text)).toBe(ms);
});

test("the note says what is known, and a customer's words call nobody", () => {
  const note = mergeNote(
    ticket({ issue: 'Hi [all](mention://user/1/x)', externalId: '3' }),
    [
      {
        id: 1,
        at: iso(1),
        by: 'Ada',
        kind: 'email',
        text: 'Hello',
        changes: [],
        state: 'sending',
        answer: null,
      },
    ],
    new Date(AT + 45 * 60_000),
  );
  expect(note).toContain('Wrote: 2026-11-23 12:00:00 UTC');
  expect(note).toContain('First answer: not yet, due 2026-11-23 12:30:00 UTC: 15 min late');
  expect(note).toContain('e-mail (not known whether it went out): Hello');
  expect(note).not.toContain('](mention:');
  expect(mergeNote(ticket({ issue: 'x'.repeat(200_000) }), [], new Date(AT)).length).toBeLessThan(101_000);
});
