import { countText } from '../../lib/words.ts';
import type { LateRun } from './incident-view.ts';

/** More runs than this are not named one by one. */
const NAMED = 6;

/**
 * "23 webhooks were answered too late for Chatwoot, in these minutes: 14:02 to 14:04 UTC, 14:30 to 14:31 UTC. It saw a failure;
 * they were kept."; null when there were none.
 */
export function lateAnswersText(runs: readonly LateRun[]): string | null {
  if (runs.length === 0) return null;
  const total = runs.reduce((sum, { count }) => sum + count, 0);
  const clock = (iso: string) => iso.slice(11, 16);
  const named = runs.slice(0, NAMED).map(({ from, to }) => `${clock(from)} to ${clock(to)} UTC`);
  const more = runs.length > NAMED ? ` and ${runs.length - NAMED} later times` : '';
  const [were, they] = total === 1 ? ['was', 'it was'] : ['were', 'they were'];
  return `${countText(total, 'webhook')} ${were} answered too late for Chatwoot, in these minutes: ${named.join(', ')}${more}. It saw a failure; ${they} kept.`;
}
