import type { Figures } from './figures.ts';
import { LINKS } from './links.ts';
import type { Tile } from './overview.ts';
import { success, trendOf } from './trend.ts';
import { attemptsOf, judgeSuccess, sum, SUCCESS_CRITICAL, successRatio } from './windows.ts';
import { countText, numberText, percentText } from './words.ts';

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
