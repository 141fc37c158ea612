import { percentText } from '../../lib/words.ts';
import type { UptimeDay } from './health-view.ts';

/** A share of fewer days would be taken for more than it is: one failed check of two minutes is 50 %. */
const ENOUGH_DAYS = 7;

/**
 * The share of checks that were answered, with since when; of what was not watched for a week, only since when.
 * @param days oldest first; days without a check may be left out
 */
export function shareWords(days: readonly UptimeDay[]): string | null {
  // An inconclusive check says nothing of the component.
  const watched = days.filter(({ ok, failed }) => ok + failed > 0);
  const [first] = watched;
  if (!first) return null;
  if (watched.length < ENOUGH_DAYS) return `Watched since ${first.day}: too short for a share`;
  const ok = watched.reduce((sum, day) => sum + day.ok, 0);
  const all = watched.reduce((sum, day) => sum + day.ok + day.failed, 0);
  return `${percentText(ok / all)} of the checks answered since ${first.day}`;
}
