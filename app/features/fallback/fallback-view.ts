import type { ExactId } from '../../lib/chatwoot/chatwoot-values.ts';

/** What the page, the banner, the route and the CLI show of fallback mode: plain data, dates as ISO texts. */
export interface FallbackState {
  state: 'on' | 'off';
  /** Sent back with a change, so that of two people at once one wins. */
  version: number;
  /** When and by whom it was changed last; null: never. */
  since: string | null;
  by: string | null;
  /** Why it is on; null when it is off. */
  reason: string | null;
  /** The alert rule that switched it on by itself. */
  rule: string | null;
  runId: number | null;
}

export interface FallbackStep {
  id: number;
  direction: 'on' | 'off';
  kind: 'notice' | 'inbox' | 'webhook';
  target: string;
  title: string;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  attempts: number;
  result: string | null;
  requestedBy: string;
  finishedAt: string | null;
  /** When it is tried again by itself. */
  dueAt: string;
}

/** What became of a notice, channel by channel. */
export interface NoticeLine {
  channel: string;
  state: string;
  answer: string | null;
}

export interface SkippedMessage {
  seq: number;
  conversation: string | null;
  customer: string | null;
  receivedAt: string;
  answeredAt: string;
  restoredAt: string | null;
  restoredBy: string | null;
}

export interface FallbackRun {
  id: number;
  startedAt: string;
  startedBy: string;
  reason: string;
  rule: string | null;
  endedAt: string | null;
  endedBy: string | null;
  endReason: string | null;
  overrideReason: string | null;
  /** What was still open on the checklist when it was overridden. */
  openItems: string[];
  /** Held when it ended, and of these not sent yet; null while it is on. */
  drain: { held: number; left: number } | null;
  /** Deliveries that waited when it went on, and have been held since; null: not on record. */
  heldAtOnce: number | null;
  steps: FallbackStep[];
  notices: NoticeLine[];
  skipped: SkippedMessage[];
  /** All of them; `skipped` are the first. */
  skippedCount: number;
}

export interface InboxChoice {
  id: ExactId;
  name: string;
}

/** One thing that will happen on a click. */
export interface PlanLine {
  key: string;
  title: string;
  detail: string;
  /** It happens by the click, it can be chosen, or somebody does it by hand. */
  how: 'always' | 'choice' | 'by_hand';
  /** What exactly others get to read. */
  text?: string;
}

export interface FallbackPlan {
  direction: 'on' | 'off';
  lines: PlanLine[];
  /** Chatwoot's inboxes as last listed. */
  inboxes: InboxChoice[];
  inboxesListedAt: string | null;
  inboxesProblem: string | null;
  /** Deliveries that wait now. */
  held: number;
  /** Messages that would be left out, because a person has answered. */
  skipped: number;
}

/** What else happens when fallback mode goes on; the pause of deliveries and the notice always do. */
export interface FallbackOptions {
  /** Ids of Chatwoot inboxes that answer with the out-of-office message meanwhile. */
  inboxes: ExactId[];
  /** Whether Chatwoot goes on sending webhooks, which are stored and held. */
  webhook: 'left' | 'disabled';
}

export const NO_OPTIONS: FallbackOptions = { inboxes: [], webhook: 'left' };
