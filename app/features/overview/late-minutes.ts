import type { BucketCounts } from './figures.ts';

/** Which of the last minutes had answers that came too late, and how many: `14:02 (3), 14:05 (1) UTC`; empty when none. */
export function lateMinutes(hour: readonly BucketCounts[], minutes: number): string {
  const late = hour.slice(-minutes).filter(({ late: n }) => n > 0);
  return late.length === 0
    ? ''
    : `${late.map(({ at, late: n }) => `${at.toISOString().slice(11, 16)} (${n})`).join(', ')} UTC`;
}
