import type { ComparisonRun } from './comparison-run.ts';

/** Older than this, a message is asked about before it goes out, ms. */
const OLD_MS = 24 * 3_600_000;
/** What an automatic comparison finds goes out by itself for so long, however much it is, ms: somebody waits for an answer. */
const FRESH_MS = 3_600_000;
/** More than so many others at once are asked about. */
export const MOST_AT_ONCE = 100;

/**
 * Why what was found is no news. `imported`: it was not there when its time was compared, or bears a later number than what
 * was written after it. `many`: more than a hundred at once. `counting`: not known yet whether they are so many.
 */
export type WithheldReason = 'imported' | 'resolved' | 'answered' | 'old' | 'many' | 'counting';

export interface FoundForHistory {
  id: number;
  /** By our clock. */
  createdAt: Date;
  isOfCustomer: boolean;
  isBackdated: boolean;
}

export interface HistoryContext {
  cause: ComparisonRun['cause'];
  /** Of the conversation, now. */
  status: string | null;
  /** Number of the last public answer of a person in the conversation; null: none since. */
  lastAnswer: number | null;
  /** Everything of the conversation before it was compared already; null: not known. */
  comparedBefore: Date | null;
  now: Date;
}

/**
 * Whether a message that was found goes out by itself: history is not news. A draft for what was imported, answered or
 * resolved would be wrong; for what is old, or for hundreds at once, somebody should be asked.
 * @returns null: it goes out
 */
export function whyWithheld(message: FoundForHistory, context: HistoryContext): WithheldReason | null {
  const { cause, status, lastAnswer, comparedBefore, now } = context;
  const age = now.getTime() - message.createdAt.getTime();
  if (status === 'resolved') return 'resolved';
  if (message.isOfCustomer && lastAnswer !== null && lastAnswer > message.id) return 'answered';
  if (age > OLD_MS) return 'old';
  if (message.isBackdated || (comparedBefore !== null && message.createdAt < comparedBefore))
    return 'imported';
  return cause === 'person' || age > FRESH_MS ? 'counting' : null;
}
