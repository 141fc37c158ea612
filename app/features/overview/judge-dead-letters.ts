import type { DeadLetterFigures } from './figures.ts';
import type { Tone } from './overview.ts';
import { DEAD_LETTERS_CRITICAL, DEAD_LETTERS_WARNING } from './windows.ts';

/** Runbook section 6: over 10 new ones within an hour is P2, over 5 is watched; an open one is never good. */
export function deadLetterTone({ open, lastHour }: DeadLetterFigures): Tone {
  if (lastHour > DEAD_LETTERS_CRITICAL) return 'critical';
  return lastHour > DEAD_LETTERS_WARNING || open > 0 ? 'warning' : 'good';
}
