import type { ComparisonRun } from './comparison-run.ts';
import type { WithheldReason } from './reconciliation-view.ts';
import { type ExactId, compareIds } from '../../../lib/chatwoot/exact-id.ts';

/** Older than this, a message is asked about before it goes out, ms. */
const OLD_MS = 24 * 3_600_000;
/** What an automatic comparison finds goes out by itself for so long, however much it is, ms: somebody waits for an answer. */
const FRESH_MS = 3_600_000;
/** More than so many others at once are asked about. */
export const MOST_AT_ONCE = 100;

export interface FoundForHistory {
  id: ExactId;
  /** By our clock. */
  createdAt: Date;
  isOfCustomer: boolean;
  isBackdated: boolean;
  /** Taken back in Chatwoot: its text is gone there. */
  isDeleted: boolean;
}

export interface HistoryContext {
  cause: ComparisonRun['cause'];
  /** Of the conversation, now. */
  status: string | null;
  /** Number of the last public answer of a person in the conversation; null: none since. */
  lastAnswer: ExactId | null;
  /** Everything of the conversation before it was compared already; null: not known. */
  comparedBefore: Date | null;
  now: Date;
}

/**
 * Whether a message that was found goes out by itself: history is not news. A draft for what was deleted, imported,
 * answered or resolved would be wrong; for what is old, or for hundreds at once, somebody should be asked.
 * @returns null: it goes out
 */
export function whyWithheld(message: FoundForHistory, context: HistoryContext): WithheldReason | null {
  const { cause, status, lastAnswer, comparedBefore, now } = context;
  const age = now.getTime() - message.createdAt.getTime();
  if (message.isDeleted) return 'deleted';
  if (status === 'resolved') return 'resolved';
  if (message.isOfCustomer && lastAnswer !== null && compareIds(lastAnswer, message.id) > 0)
    return 'answered';
  if (age > OLD_MS) return 'old';
  if (message.isBackdated || (comparedBefore !== null && message.createdAt < comparedBefore))
    return 'imported';
  return cause === 'person' || age > FRESH_MS ? 'counting' : null;
}

/** Which of the withheld messages; every wish narrows, none means all. */
export interface WithheldSelection {
  /** Numbers of receipt. */
  seqs?: readonly number[];
  /** Those that whoever decides has seen: up to this number of receipt. */
  upTo?: number;
  /** Found by this comparison. */
  run?: number;
  reasons?: readonly WithheldReason[];
}

/** As the form that `withheldSelection` reads. */
export function fieldsOf({ seqs, upTo, run, reasons }: WithheldSelection): URLSearchParams {
  const fields = new URLSearchParams(seqs ? {} : { all: 'yes' });
  for (const seq of seqs ?? []) fields.append('seq', String(seq));
  if (upTo !== undefined) fields.set('upTo', String(upTo));
  if (run !== undefined) fields.set('run', String(run));
  if (reasons) fields.set('reason', reasons.join(','));
  return fields;
}
