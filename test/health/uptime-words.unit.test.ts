import { expect, test } from 'vitest';
import { type UptimeDay } from '../../app/features/health/health-view.ts';
import { failedDaysWords } from '../../app/features/health/uptime-words.ts';

const days = (...counts: [ok: number, failed: number][]): UptimeDay[] =>
  counts.map(([ok, failed], index) => ({
    day: `2026-11-${String(index + 10)}`,
    ok,
    failed,
    inconclusive: 3,
  }));

test.each<[string, UptimeDay[], string | null]>([
  ['never checked', days([0, 0], [0, 0]), null],
  ['two minutes, of which one failed', days([1, 1]), 'Watched since 2026-11-10'],
  ['nothing failed', days([0, 0], [5, 0], [9, 0]), 'No check has failed since 2026-11-11'],
  [
    'a week with two bad days',
    days([9, 0], [9, 1], [0, 0], [9, 0], [9, 9]),
    'Checks failed on 2 of 4 days since 2026-11-10',
  ],
])('no share of checks, which would be taken for time: %s', (_name, watched, words) => {
  expect(failedDaysWords(watched)).toBe(words);
});
