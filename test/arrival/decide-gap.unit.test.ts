import { expect, test } from 'vitest';
import { decideGap, type GapState } from '../../app/features/arrival/comparison/decide-gap.ts';

const at = (clock: string) => new Date(`2026-11-29T${clock}Z`);
const STATE: GapState = {
  baseline: at('01:00:00'),
  through: at('05:00:00'),
  open: null,
  further: null,
  refusedAt: null,
  refusedThrough: null,
  last: null,
};
const decide = (clock: string, changes: Partial<GapState> = {}) =>
  decideGap({ ...STATE, ...changes }, at(clock));
const gap = (from: string | null, to: string) => ({ beganAt: from ? at(from) : null, endedAt: at(to) });

test('a gap is compared at once, with ten seconds before it, and what lies before is left to the ordinary comparison', () => {
  expect(decide('05:10:00')).toEqual({ due: 'no' });
  expect(decide('05:10:00', { open: gap('05:09:00', '05:10:00') })).toEqual({
    due: 'new',
    since: at('05:08:50'),
    until: at('05:10:00'),
    partial: true,
  });
});

test('of a gap whose beginning is not known, or lies long ago, everything since the last comparison is compared', () => {
  const whole = { due: 'new', since: at('04:55:00'), partial: false };
  expect(decide('05:10:00', { open: gap(null, '05:10:00') })).toMatchObject(whole);
  expect(decide('05:10:00', { open: gap('02:00:00', '05:10:00') })).toMatchObject(whole);
  expect(decide('05:10:00', { open: gap(null, '05:10:00'), through: null })).toMatchObject({
    since: at('01:00:00'),
    partial: false,
  });
});

test('before anything was to come there is no gap', () => {
  expect(decide('05:10:00', { open: gap(null, '05:10:00'), baseline: null })).toEqual({ due: 'no' });
  expect(decide('05:10:00', { open: gap(null, '05:10:00'), baseline: at('05:10:00') })).toEqual({
    due: 'no',
  });
});

test('after a refusal: at once, and once more when its minute is over', () => {
  const refusedAt = at('05:07:00');
  expect(decide('05:07:02', { refusedAt })).toMatchObject({ since: at('05:06:50'), until: at('05:07:02') });
  expect(decide('05:07:30', { refusedAt, refusedThrough: at('05:07:02') })).toEqual({ due: 'no' });
  expect(decide('05:08:01', { refusedAt, refusedThrough: at('05:07:02') })).toMatchObject({
    until: at('05:08:00'),
  });
  expect(decide('05:08:02', { refusedAt, refusedThrough: at('05:08:00') })).toEqual({ due: 'no' });
});

const LAST = {
  id: 8,
  state: 'running' as const,
  since: at('05:08:50'),
  until: at('05:10:00'),
  startedAt: at('05:10:00'),
  finishedAt: null,
};
const open = gap('05:09:00', '05:10:00');
const further = gap('05:10:02', '05:10:05');
const both = gap('05:09:00', '05:10:05');
const wider = { due: 'widen', id: 8, since: at('05:09:52'), until: at('05:10:05'), partial: true };

test('one that failed is gone on with after ten seconds', () => {
  const last = { ...LAST, state: 'failed' as const, finishedAt: at('05:10:01') };
  expect(decide('05:10:10', { open, last })).toEqual({ due: 'no' });
  expect(decide('05:10:11', { open, last })).toEqual({ due: 'resume', id: 8 });
});

test('a further gap is taken in by a comparison that is not done, at once and however long that has run', () => {
  expect(decide('05:10:06', { open, last: LAST })).toEqual({ due: 'no' });
  for (const clock of ['05:10:06', '05:16:00'])
    expect(decide(clock, { open: both, further, last: LAST })).toEqual(wider);
  const failed = { ...LAST, state: 'failed' as const, finishedAt: at('05:10:05') };
  expect(decide('05:10:06', { open: both, further, last: failed })).toEqual(wider);
});

test('one that failed and whose gap was compared otherwise since is not taken up for a further one', () => {
  const last = { ...LAST, state: 'failed' as const, finishedAt: at('05:10:01') };
  const later = gap('05:31:00', '05:32:00');
  expect(decide('05:32:01', { open: later, further: later, last, through: at('05:20:00') })).toMatchObject({
    due: 'new',
    since: at('05:30:50'),
  });
});

test('refusals go on within their minute while their comparison runs: it is neither begun again nor widened until the minute is over', () => {
  const refusedAt = at('05:10:00');
  const last = { ...LAST, since: at('05:09:50'), until: at('05:10:07') };
  expect(decide('05:10:20', { refusedAt, last })).toEqual({ due: 'no' });
  expect(decide('05:11:01', { refusedAt, last })).toMatchObject({
    due: 'widen',
    id: 8,
    until: at('05:11:00'),
  });
  expect(decide('05:11:01', { refusedAt, last: { ...last, until: at('05:11:00') } })).toEqual({ due: 'no' });
});
