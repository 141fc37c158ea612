import type { Figures } from './figures.ts';
import { deadLetterTone } from './judge-dead-letters.ts';
import { LINKS } from './links.ts';
import type { Tile } from './overview.ts';
import { newDeadLetters, trendOf } from './trend.ts';
import { durationText, numberText } from './words.ts';

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
