import type { ExactId } from '../../../lib/chatwoot/exact-id.ts';
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
