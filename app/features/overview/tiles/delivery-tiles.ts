import { countText, durationText, numberText, percentText } from '../../../lib/words.ts';
import type { Figures } from '../figures.ts';
import {
  attemptsOf,
  deadLetterTone,
  judgeSuccess,
  SUCCESS_CRITICAL,
  successRatio,
  sum,
} from '../judge-figures.ts';
import type { Tile, Tone } from '../overview-view.ts';
import { LINKS, waitingText } from '../overview-words.ts';
import { backlogTrend, newDeadLetters, success, trendOf } from './trend.ts';

const WORDS = {
  good: 'On target',
  warning: 'Below 98 %',
  critical: 'Below 80 %',
  unknown: 'No traffic',
} as const;

/** Share of attempts that the Agent service accepted, over 10 minutes and an hour. */
export function successTile({ hour, breaker }: Figures): Tile {
  const [recent, whole] = [attemptsOf(hour, 10), attemptsOf(hour, 60)];
  const [ratio, ratioOfHour] = [successRatio(recent), successRatio(whole)];
  const measured = judgeSuccess(recent);
  // While nothing is sent, what was sent before is no sign of success.
  const paused = breaker.state !== 'closed' && (measured === 'good' || measured === 'unknown');
  const tone = paused ? 'warning' : measured;
  const hourText =
    ratioOfHour === null
      ? 'no attempt'
      : `${percentText(ratioOfHour)} of ${countText(whole.ok + whole.failed, 'attempt')}`;
  return {
    id: 'success',
    title: 'Delivery success',
    tone,
    word: paused
      ? 'Nothing goes out'
      : measured === 'warning' && ratio !== null && ratio < SUCCESS_CRITICAL
        ? 'Few attempts'
        : WORDS[measured],
    figure: ratio === null ? 'No traffic' : percentText(ratio),
    details: [
      ratio === null
        ? 'No attempt in 10 min'
        : `10 min: ${numberText(recent.ok)} of ${countText(recent.ok + recent.failed, 'attempt')}`,
      `1 h: ${hourText}`,
      'Target 98 %',
      ...outOfOrderText(sum(hour, 'outOfOrder')),
    ],
    link: LINKS.charts,
    trend: trendOf(hour, success),
  };
}

/** They came too late to go out before what was written after them; the Agent service is told by a header. */
const outOfOrderText = (messages: number): string[] =>
  messages === 0 ? [] : [`1 h: ${countText(messages, 'message')} sent after a later one`];

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

/** What could not be delivered and waits for a person, and how fast it grows. */
export function deadLettersTile({ dead, hour, measuredSince }: Figures, now: Date): Tile {
  const tone = deadLetterTone(dead);
  const more = dead.lastHourIsMinimum ? 'over ' : '';
  const details = [`${more}${numberText(dead.lastHour)} new in the last hour`];
  if (dead.oldestAt) details.push(`Oldest ${durationText(now.getTime() - dead.oldestAt.getTime())}`);
  if (dead.open > dead.unclaimed) details.push(`${numberText(dead.open - dead.unclaimed)} in a replay`);
  return {
    id: 'dead_letters',
    title: 'Dead letters',
    tone,
    word: tone === 'good' ? 'None' : dead.open === 0 ? 'All dealt with' : 'Need a person',
    figure: `${numberText(dead.open)} open`,
    details,
    link: LINKS.deadLetters,
    trend: trendOf(hour, newDeadLetters, measuredSince ?? now),
  };
}
