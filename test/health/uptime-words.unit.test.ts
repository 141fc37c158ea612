import { expect, test } from 'vitest';
import type { UptimeDay } from '../../app/features/health/health-view.ts';
import { shareWords } from '../../app/features/health/uptime-words.ts';

const days = (...counts: [ok: number, failed: number][]): UptimeDay[] =>
  counts.map(([ok, failed], index) => ({
    day: `2026-11-${String(index + 10)}`,
    ok,
    failed,
    inconclusive: 3,
  }));
const six = [1, 2, 3, 4, 5, 6].map((): [number, number] => [100, 0]);

test.each<[string, UptimeDay[], string | null]>([
  ['never checked', days([0, 0], [0, 0]), null],
  ['two minutes', days([1, 1]), 'Watched since 2026-11-10: too short for a share'],
  ['six days', days(...six), 'Watched since 2026-11-10: too short for a share'],
  [
    'six days in a long time',
    days(...six, [0, 0], [0, 0]),
    'Watched since 2026-11-10: too short for a share',
  ],
  ['a week', days([0, 0], ...six, [93, 7]), '99 % of the checks answered since 2026-11-11'],
])('a share is given of what was watched for a week, with since when: %s', (_name, watched, words) => {
  expect(shareWords(watched)).toBe(words);
});
