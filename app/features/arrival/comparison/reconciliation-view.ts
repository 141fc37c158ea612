import { compareIds, type ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';
import type { ComparisonRun } from './lost-webhook.ts';

/** Shapes of what reconciliation found; times are ISO. */

/**
 * Why what was found is no news. `imported`: it was not there when its time was compared, or bears a later number than what
 * was written after it. `many`: more than a hundred at once. `counting`: not known yet whether they are so many.
 */
export type WithheldReason = 'deleted' | 'imported' | 'resolved' | 'answered' | 'old' | 'many' | 'counting';

/** What a comparison could not read although Chatwoot answered. */
export interface Uncompared {
  /** Chatwoot's number; null: a page of its list. */
  conversation: ExactId | null;
  since: string;
  detail: string;
}

export interface ReconciliationView {
  /** Not compared, although the rest was; at most 100. */
  uncompared: Uncompared[];
  /**
   * `compared`: the last comparison went well. `failing`: Chatwoot could not be asked. `paused`: by a person. `nothing_received`: never
   * connected and no webhook came, so there is nothing to compare. `not_yet`: the first comparison is still to come.
   */
  state: 'compared' | 'failing' | 'running' | 'paused' | 'nothing_received' | 'not_yet' | 'not_connected';
  /** Everything until then has been compared; null: nothing yet. */
  through: string | null;
  /** Why Chatwoot could not be asked; who paused it. */
  detail: string | null;
  /** The one that runs or is paused: conversations looked at, of so many; null before they are listed. */
  progress: {
    id: number;
    checked: number;
    of: number | null;
    /** Conversations lately; null: not known. */
    perSecond: number | null;
    /** Of a gap: customers wait for it, so it is not paused. */
    urgent: boolean;
  } | null;
  /** The latest that ended well. */
  last: { finishedAt: string; since: string; until: string; conversations: number; messages: number } | null;

  /** The time asked about. */
  from: string | null;
  to: string | null;
  /** That time has been compared to its end. */
  complete: boolean;
  /** Messages of that time that never reached us, all of them recovered. */
  lost: number;
  /** First and last of them. */
  firstAt: string | null;
  lastAt: string | null;
  /** Messages whose webhook came later than they were recovered. */
  late: number;
  /** Of both: delivered to the Agent service; on their way or held; not sent until somebody says so; dead letters or discarded. */
  delivered: number;
  waiting: number;
  withheld: number;
  undelivered: number;
}

/** A message that was fetched and goes out only when somebody says so. */
export interface WithheldItem {
  /** Its number of receipt. */
  seq: number;
  conversation: string;
  /** Null: not known, or not for this reader. */
  customer: string | null;
  writtenAt: string;
  foundAt: string;
  reason: WithheldReason;
  /** Its webhook came after all. */
  late: boolean;
  url: string | null;
}

export interface WithheldView {
  counts: Partial<Record<WithheldReason, number>>;
  /** The highest number of receipt of all of them, 0 without any: what is decided is what was seen. */
  upTo: number;
  /** The first of them, oldest first. */
  items: WithheldItem[];
}

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
