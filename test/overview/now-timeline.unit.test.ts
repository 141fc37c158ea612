import { expect, test } from 'vitest';
import { spanOf, timelineOf } from '../../app/features/overview/shell/now-timeline.ts';
import type { Overview } from '../../app/features/overview/overview-view.ts';

const NOW = new Date('2026-11-23T08:00:00.000Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString();

test.each([
  ['asked for an hour', '60', ago(60), ago(3000), 60],
  ['asked for what there is not', '7', ago(3600), ago(3500), 60],
  ['a young outage', null, ago(60), ago(3000), 15],
  ['an outage of an hour', null, ago(3600), ago(3500), 60],
  ['an app that has just begun to look', null, null, ago(120), 15],
  ['nothing known', null, null, null, 60],
] as const)('the span of time: %s', (_what, wish, startedAt, firstAt, minutes) => {
  expect(spanOf(wish, { startedAt, firstAt, now: NOW })).toBe(minutes);
});

const OVERVIEW = {
  at: NOW.toISOString(),
  incident: {
    id: 7,
    title: 'Chatwoot does not answer',
    startedAt: ago(300),
    recoveredAt: null,
    lulls: [],
    acknowledgedAt: ago(200),
    acknowledgedBy: 'Ada',
  },
  otherIncidents: [],
  people: { waiting: { count: 5 } },
  events: [
    { id: 1, at: ago(100), tone: 'info', text: 'Fallback mode on', link: '/fallback' },
    { id: 2, at: ago(4000), tone: 'info', text: 'Long ago' },
  ],
  chart: [
    { at: ago(1200), delivered: 9, retried: 0, failed: 0, successRatio: 1, p50: 1, p95: 1 },
    { at: ago(60), delivered: 1, retried: 2, failed: 3, successRatio: 0.2, p50: 1, p95: 1 },
  ],
  tiles: [
    { id: 'waiting', trend: [{ at: ago(120), value: 4 }] },
    { id: 'backlog', trend: [{ at: ago(1200), value: 9 }] },
  ],
} as unknown as Overview;

test('only what lies within the span; of the checks of one step the worst, with how many they were', () => {
  const check = (seconds: number, outcome: 'ok' | 'failed') => ({
    at: ago(seconds),
    part: 'chatwoot' as const,
    outcome,
  });
  const timeline = timelineOf(OVERVIEW, [check(2000, 'ok'), check(8, 'failed'), check(4, 'ok')], 15);
  expect(timeline.checks).toMatchObject([{ outcome: 'failed', count: 2 }]);
  expect(timeline.minutes).toEqual([{ at: ago(60), delivered: 1, failed: 5 }]);
  expect(timeline.waiting).toEqual([
    { at: ago(120), value: 4 },
    { at: ago(0), value: 5 },
  ]);
  expect(timeline.held).toEqual([]);
  expect(timeline.marks.map(({ text }) => text)).toEqual([
    'Incident 7 began: Chatwoot does not answer',
    'Ada took it',
    'Fallback mode on',
  ]);
});

test('the time of the outage ends where it recovered, leaves out where it worked, and is cut to the span', () => {
  const outagesOf = (changes: object) =>
    timelineOf({ ...OVERVIEW, incident: { ...OVERVIEW.incident, ...changes } } as Overview, [], 15).outages;
  expect(outagesOf({})).toEqual([{ from: ago(300), to: ago(0) }]);
  expect(outagesOf({ recoveredAt: ago(100) })).toEqual([{ from: ago(300), to: ago(100) }]);
  expect(outagesOf({ startedAt: ago(2000), lulls: [{ from: ago(600), to: ago(200) }] })).toEqual([
    { from: ago(900), to: ago(600) },
    { from: ago(200), to: ago(0) },
  ]);
  expect(outagesOf({ startedAt: ago(3000), recoveredAt: ago(2000) })).toEqual([]);
});
