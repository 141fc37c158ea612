import { expect, test } from 'vitest';
import { trendPaths } from '../../app/components/overview/tiles.tsx';

const points = (...values: (number | null)[]) => values.map((value, index) => ({ at: String(index), value }));

test('a line from left to right, zero at the bottom', () => {
  expect(trendPaths(points(0, 5, 10)).line).toBe('M0.0 26.0L60.0 14.0L120.0 2.0');
});

test('where nothing was measured there is a gap, not a zero', () => {
  const { line, area } = trendPaths(points(4, 4, null, 4, 4));
  expect(line.match(/M/g)).toHaveLength(2);
  expect(area.match(/Z/g)).toHaveLength(2);
  expect(line).not.toContain('26.0');
});

test('a single measured point is a dot', () => {
  expect(trendPaths(points(null, 3, null)).line).toBe('M60.0 2.0h0');
});

test('nothing but zeros is a line at the bottom', () => {
  expect(trendPaths(points(0, 0)).line).toBe('M0.0 26.0L120.0 26.0');
});
