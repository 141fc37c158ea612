import { countText } from '../../lib/words.ts';
import type { UptimeDay } from './health-view.ts';

/**
 * On how many days checks failed, with since when it has been watched: a share of checks would be taken for a share of
 * time, and of a young app for more than it is.
 * @param days oldest first; days without a check may be left out
 */
export function failedDaysWords(days: readonly UptimeDay[]): string | null {
  // An inconclusive check says nothing of the component.
  const watched = days.filter(({ ok, failed }) => ok + failed > 0);
  const [first] = watched;
  if (!first) return null;
  const bad = watched.filter(({ failed }) => failed > 0).length;
  if (bad === 0) return `No check has failed since ${first.day}`;
  return watched.length === 1
    ? `Watched since ${first.day}`
    : `Checks failed on ${bad} of ${countText(watched.length, 'day')} since ${first.day}`;
}
