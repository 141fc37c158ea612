import type { UptimeDay } from '../health/health-view.ts';

/** `-` no check, `g` all answered, `s` some failed, `b` at least a tenth failed. */
export type DayLevel = '-' | 'g' | 's' | 'b';

/** How a day went. Inconclusive checks say nothing of what was checked. */
export function dayLevel({ ok, failed }: Pick<UptimeDay, 'ok' | 'failed'>): DayLevel {
  if (ok + failed === 0) return '-';
  if (failed === 0) return 'g';
  return failed / (ok + failed) >= 0.1 ? 'b' : 's';
}

/** Days on an uptime bar. */
export const UPTIME_DAYS = 90;

/** Ninety days up to today as a text of levels, oldest first; days without a row had no check. */
export function dayLevels(days: readonly UptimeDay[], now: Date): string {
  const byDay = new Map(days.map((day) => [day.day, dayLevel(day)]));
  return Array.from({ length: UPTIME_DAYS }, (_, index) => {
    const at = now.getTime() - (UPTIME_DAYS - 1 - index) * 86_400_000;
    return byDay.get(new Date(at).toISOString().slice(0, 10)) ?? '-';
  }).join('');
}
