import { describe, expect, test } from 'vitest';
import {
  chartOf,
  emptyBucket,
  everyBucket,
  RANGES,
  rangeStart,
} from '../../app/features/overview/read-chart.server.ts';
import { percentile } from '../../app/features/overview/tiles/trend.ts';
import { durationText } from '../../app/lib/time-words.ts';
import { countText, percentText } from '../../app/lib/words.ts';
import { NOW } from './figures.ts';

describe('buckets', () => {
  test.each([
    ['1h', 60, '2026-09-22T04:32:00.000Z', '2026-09-22T05:31:00.000Z'],
    ['24h', 144, '2026-09-21T05:40:00.000Z', '2026-09-22T05:30:00.000Z'],
    ['7d', 168, '2026-09-15T06:00:00.000Z', '2026-09-22T05:00:00.000Z'],
  ] as const)('%s has all %i, the current one last', (range, count, first, last) => {
    const buckets = everyBucket([], RANGES[range], NOW);
    expect(buckets).toHaveLength(count);
    expect(buckets[0]!.at.toISOString()).toBe(first);
    expect(buckets.at(-1)!.at.toISOString()).toBe(last);
    expect(rangeStart(RANGES[range], NOW).toISOString()).toBe(first);
  });

  test('counts stand in their own bucket', () => {
    const row = { ...emptyBucket(new Date('2026-09-22T05:00:00Z')), ok: 7 };
    const buckets = everyBucket([row], RANGES['1h'], NOW);
    expect(buckets.filter(({ ok }) => ok > 0)).toEqual([row]);
    expect(buckets[28]).toBe(row);
  });
});

test('a point tells attempts by result; without any, nothing is good or bad', () => {
  const bucket = { ...emptyBucket(NOW), ok: 6, retried: 3, failed: 1, latency: { 50: 4, 1000: 2 } };
  expect(chartOf([bucket, emptyBucket(NOW)], 10_000)).toEqual([
    { at: NOW.toISOString(), delivered: 6, retried: 3, failed: 1, successRatio: 0.6, p50: 50, p95: 1000 },
    { at: NOW.toISOString(), delivered: 0, retried: 0, failed: 0, successRatio: null, p50: null, p95: null },
  ]);
});

describe('percentiles', () => {
  test.each<[Record<string, number>, number, number | null]>([
    [{}, 0.5, null],
    [{ 10: 1 }, 0.95, 10],
    [{ 10: 1, 25: 1 }, 0.5, 10],
    [{ 10: 1, 25: 2 }, 0.5, 25],
    [{ 10: 95, 5000: 5 }, 0.95, 10],
    [{ 10: 94, 5000: 6 }, 0.95, 5000],
    [{ 100: 1, 25: 1, 1000: 1 }, 0.5, 100],
    [{ inf: 1 }, 0.5, 30_000],
    [{ 10: 0 }, 0.5, null],
  ])('of %j at %d: %s', (latency, share, expected) => {
    expect(percentile([{ latency }], share, 30_000)).toBe(expected);
  });

  test('of several buckets together', () => {
    expect(percentile([{ latency: { 10: 1 } }, { latency: { 50: 3 } }], 0.5, 10_000)).toBe(50);
  });
});

test.each([
  [-5, '0 s'],
  [999, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [3_900_000, '1 h 5 min'],
  [47 * 3_600_000, '47 h'],
  [48 * 3_600_000, '2 d'],
  [50 * 3_600_000, '2 d 2 h'],
])('%i ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test.each([
  [1, '100 %'],
  [0.9999, '99.9 %'],
  [0.29, '29 %'],
  [0.7999, '79.9 %'],
  [0.001, '0.1 %'],
  [0, '0 %'],
])('a share of %d is %s, never rounded up', (share, text) => {
  expect(percentText(share)).toBe(text);
});

test('counts have their plural and thousands', () => {
  expect([0, 1, 2, 1204].map((n) => countText(n, 'webhook'))).toEqual([
    '0 webhooks',
    '1 webhook',
    '2 webhooks',
    '1,204 webhooks',
  ]);
});
