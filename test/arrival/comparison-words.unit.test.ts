import { expect, test } from 'vitest';
import {
  decideReconciliation,
  type ReconciliationState,
} from '../../app/features/arrival/comparison/decide-reconciliation.ts';
import { parseSince } from '../../app/features/arrival/comparison/start-reconciliation.server.ts';
import { lateAnswersText } from '../../app/components/incidents/incident-words.ts';
import type { ReconciliationView } from '../../app/features/arrival/comparison/reconciliation-view.ts';
import {
  comparedText,
  missingText,
  periodText,
} from '../../app/features/arrival/comparison/reconciliation-words.ts';

const at = (clock: string) => new Date(`2026-09-22T${clock}Z`);
const NONE: ReconciliationView = {
  uncompared: [],
  state: 'compared',
  through: '2026-09-22T05:40:00.000Z',
  detail: null,
  progress: null,
  last: null,
  from: null,
  to: null,
  complete: true,
  lost: 0,
  firstAt: null,
  lastAt: null,
  late: 0,
  delivered: 0,
  withheld: 0,
  waiting: 0,
  undelivered: 0,
};
const LOST = { lost: 14, firstAt: '2026-09-22T05:02:10.000Z', lastAt: '2026-09-22T05:31:00.000Z' };

test.each([
  [LOST, '14 messages never reached us between 2026-09-22 05:02 and 05:31 UTC; all 14 recovered.'],
  [
    { ...LOST, lost: 1, lastAt: LOST.firstAt },
    '1 message never reached us at 2026-09-22 05:02 UTC; it is recovered.',
  ],
  [{}, 'Every message that Chatwoot has reached us.'],
  [{ complete: false }, 'Not known yet whether every message reached us.'],
])('says what is missing', (changes, words) => {
  expect(missingText({ ...NONE, ...changes })).toBe(words);
});

test('says that it was not compared, since when, and why', () => {
  const failing = { ...NONE, state: 'failing' as const, detail: 'Chatwoot asks to slow down (429)' };
  expect(comparedText(failing)).toMatch(
    /^Not compared since 2026-09-22 05:40 UTC: Chatwoot asks to slow down/,
  );
  expect(comparedText({ ...failing, through: null })).toMatch(/^Not compared ever/);
});

const STATE: ReconciliationState = {
  baseline: at('01:00:00'),
  through: at('05:00:00'),
  last: { id: 7, state: 'done', startedAt: at('05:00:30'), finishedAt: at('05:00:40') },
  recovered: null,
  wanted: null,
};
const decide = (clock: string, changes: Partial<ReconciliationState> = {}) =>
  decideReconciliation({ ...STATE, ...changes }, { now: at(clock), intervalMs: 900_000, settleMs: 30_000 });

test('by the clock: at the interval and not before, from five minutes before where the last one ended', () => {
  expect(decide('05:15:29')).toEqual({ due: 'no' });
  expect(decide('05:15:30')).toMatchObject({
    due: 'new',
    cause: 'clock',
    since: at('04:55:00'),
    until: at('05:15:00'),
  });
});

test('after an outage: once the recovery is old enough to be covered, and once', () => {
  const recovered = { incidentId: 3, at: at('05:06:00') };
  expect(decide('05:06:29', { recovered })).toEqual({ due: 'no' });
  expect(decide('05:06:30', { recovered })).toMatchObject({ due: 'new', cause: 'recovery', incidentId: 3 });
  expect(decide('05:08:00', { recovered, through: at('05:06:00') })).toEqual({ due: 'no' });
});

test('one that failed is gone on with after a minute; before the first webhook there is nothing to compare', () => {
  const last = { id: 8, state: 'failed' as const, startedAt: at('05:01:00'), finishedAt: at('05:02:00') };
  expect(decide('05:02:59', { last })).toEqual({ due: 'no' });
  expect(decide('05:03:00', { last })).toEqual({ due: 'resume', id: 8, from: 'failed' });
  expect(decide('09:00:00', { baseline: null, last: null, through: null })).toEqual({ due: 'no' });
});

test('one that a person paused stays so for an hour at most; what they gave up is not begun again at once', () => {
  const last = { id: 8, state: 'paused' as const, startedAt: at('05:01:00'), finishedAt: at('05:02:00') };
  const recovered = { incidentId: 3, at: at('05:06:00') };
  expect(decide('06:01:59', { last, recovered })).toEqual({ due: 'no' });
  expect(decide('06:02:00', { last })).toEqual({ due: 'resume', id: 8, from: 'paused' });
  const cancelled = { ...last, state: 'cancelled' as const };
  expect(decide('05:16:59', { last: cancelled, recovered })).toEqual({ due: 'no' });
  expect(decide('05:17:00', { last: cancelled, recovered })).toMatchObject({ due: 'new' });
});

test.each([
  ['30m', at('05:00:00')],
  ['2h', at('03:30:00')],
  ['2026-09-22 05:00', at('05:00:00')],
  ['2026-09-22T07:00+02:00', at('05:00:00')],
  ['2026-09-22', at('00:00:00')],
  ['2026-09-22T06:00Z', null],
  ['yesterday', null],
  ['', null],
])('reads "%s" as a moment', (text, moment) => {
  expect(parseSince(text, at('05:30:00'))).toEqual(moment);
});

test.each([
  [{}, 'This is about all the time since the first webhook, every incident included.'],
  [
    { from: '2026-09-22T04:57:00.000Z' },
    'This is about the time since 2026-09-22 04:57 UTC: this incident, which is not over, and the 5 min before it.',
  ],
  [
    { from: '2026-09-22T04:57:00.000Z', to: '2026-09-22T05:31:00.000Z' },
    'This is about 2026-09-22 04:57 to 05:31 UTC: this incident and the 5 min before it.',
  ],
])('says for which time it speaks', (changes, words) => {
  expect(periodText({ ...NONE, ...changes })).toBe(words);
});

test('answers that came too late for Chatwoot: how many, in which minutes, and that they were kept', () => {
  const run = (from: string, to: string, count: number) => ({
    from: at(from).toISOString(),
    to: at(to).toISOString(),
    count,
  });
  expect(lateAnswersText([])).toBeNull();
  expect(lateAnswersText([run('14:02:00', '14:04:00', 23), run('14:30:00', '14:31:00', 1)])).toBe(
    '24 webhooks were answered too late for Chatwoot, in these minutes: 14:02 to 14:04 UTC, 14:30 to 14:31 UTC. It saw a failure; they were kept.',
  );
});
