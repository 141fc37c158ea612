import { countText, numberText } from '../../../lib/words.ts';

/**
 * What the button of a replay says: "Replay 12 messages", "Replay 188, leave out 862 that were answered since".
 * @param sent without those left out
 */
export function replayLabel(sent: number, leftOut: number, noun: string): string {
  if (leftOut === 0) return `Replay ${countText(sent, noun)}`;
  const were = leftOut === 1 ? 'was' : 'were';
  return `Replay ${numberText(sent)}, leave out ${numberText(leftOut)} that ${were} answered since`;
}
