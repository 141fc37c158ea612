import { expect, test } from 'vitest';
import { decideGap, type GapState } from '../../app/features/arrival/comparison/decide-gap.ts';

const at = (clock: string) => new Date(`2026-11-29T${clock}Z`);
const STATE: GapState = {
  baseline: at('01:00:00'),
  through: at('05:00:00'),
  open: null,
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
    instead: null,
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

test('one that failed is gone on with after ten seconds; a further gap begins again with both', () => {
  const last = {
    id: 8,
    state: 'failed' as const,
    since: at('05:08:50'),
    until: at('05:10:00'),
    startedAt: at('05:10:00'),
    finishedAt: at('05:10:01'),
  };
  const open = gap('05:09:00', '05:10:00');
  expect(decide('05:10:10', { open, last })).toEqual({ due: 'no' });
  expect(decide('05:10:11', { open, last })).toEqual({ due: 'resume', id: 8 });
  const both = gap('05:09:00', '05:10:05');
  expect(decide('05:10:05', { open: both, last })).toMatchObject({
    since: at('05:08:50'),
    until: at('05:10:05'),
  });
});

test('a further gap soon after the beginning of a comparison has it begun again with both; later it is finished first', () => {
  const last = {
    id: 8,
    state: 'running' as const,
    since: at('05:08:50'),
    until: at('05:10:00'),
    startedAt: at('05:10:00'),
    finishedAt: null,
  };
  const both = gap('05:09:00', '05:10:05');
  expect(decide('05:10:06', { open: gap('05:09:00', '05:10:00'), last })).toEqual({ due: 'no' });
  expect(decide('05:10:06', { open: both, last })).toMatchObject({ due: 'new', instead: 8 });
  expect(decide('05:10:30', { open: both, last })).toEqual({ due: 'no' });
});
