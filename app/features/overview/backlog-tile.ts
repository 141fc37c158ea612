import type { Figures } from './figures.ts';
import { LINKS } from './links.ts';
import type { Tile, Tone } from './overview.ts';
import { backlogTrend } from './trend.ts';
import { waitingText } from './waiting-words.ts';
import { durationText, numberText } from './words.ts';

/** A delivery that waits longer than this is no longer just on its way. */
const WAITING_MS = 120_000;

/** Everything that waits for the Agent service. */
export function backlogTile(figures: Figures, now: Date): Tile {
  const { backlog, breaker, paused } = figures;
  const { pending, inFlight, oldestAt } = backlog;
  const held = breaker.state === 'closed' && !paused ? 0 : Math.max(pending - inFlight, 0);
  const age = oldestAt ? now.getTime() - oldestAt.getTime() : 0;
  const details = [];
  if (oldestAt) details.push(`Oldest ${durationText(age)}`);
  if (backlog.messages > 0) details.push(`Of these, ${waitingText(backlog)}`);
  if (inFlight > 0) details.push(`${numberText(inFlight)} being sent now`);
  if (pending === 0) details.push('Nothing waits');
  return {
    id: 'backlog',
    title: 'Backlog',
    ...judge(figures, age),
    figure: held > 0 ? `${numberText(held)} held` : `${numberText(pending)} waiting`,
    details,
    link: LINKS.ledger,
    trend: backlogTrend(figures),
  };
}

function judge(
  { backlog, breaker, paused, workers, agentHealthUrl }: Figures,
  age: number,
): { tone: Tone; word: string } {
  if (backlog.pending === 0) return { tone: 'good', word: 'Empty' };
  if (paused) return { tone: 'info', word: 'Held on purpose' };
  if (workers === 0) return { tone: 'critical', word: 'No worker' };
  if (agentHealthUrl === null) return { tone: 'warning', word: 'Not connected' };
  if (breaker.state !== 'closed') return { tone: 'warning', word: 'Held' };
  if (age > WAITING_MS) return { tone: 'warning', word: 'Waiting' };
  return { tone: 'good', word: 'On the way' };
}
