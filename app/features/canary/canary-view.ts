/** A step of the canary as pages show it. */
export interface CanaryStepView {
  key: string;
  title: string;
  state: 'done' | 'failed' | 'current' | 'open';
  /** What was seen; for the current step why it still waits, when that is known. */
  evidence: string | null;
  at: string | null;
  durationMs: number | null;
  by: string | null;
}

/** The newest end-to-end canary: plain data, dates as ISO texts. */
export interface CanaryView {
  id: number;
  /** `closing`: its outcome is known, its conversation is yet to be resolved. */
  state: 'running' | 'closing' | 'done';
  outcome: 'passed' | 'failed' | 'cancelled' | null;
  problem: string | null;
  startedAt: string;
  startedBy: string;
  finishedAt: string | null;
  /** A person has to approve or reject the draft. */
  waitsForApproval: boolean;
  /** When the current step has taken too long and the canary fails; null once it has ended. */
  failsAt: string | null;
  steps: CanaryStepView[];
  /** Its conversation in Chatwoot. */
  url: string | null;
}

/** What the newest canary has proved. */
export interface CanaryEvidence {
  id: number;
  startedBy: string;
  outcome: 'running' | 'passed' | 'failed' | 'cancelled';
  /** When it ended; null while it runs. */
  finishedAt: Date | null;
  startedAt: Date;
  /** Why it failed, or what it waits for. */
  problem: string | null;
  /** The step that saw the webhook arrive; null when it has not. */
  webhook: { at: Date; durationMs: number; evidence: string } | null;
}

/** The way of the canary, in order: runbook section 4, "Test end-to-end flow". */
export const CANARY_STEPS = [
  'inbox',
  'conversation',
  'message',
  'webhook',
  'agent',
  'draft',
  'approval',
  'publish',
  'reply',
] as const;

export type CanaryStep = (typeof CANARY_STEPS)[number];

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

interface StepRule {
  title: string;
  /** How long it may take until the canary has failed, ms. */
  timeoutMs: number;
  /** What it means when it takes longer, for a person. */
  late: string;
}

/**
 * Chatwoot's own time-out for a webhook is 5 s and its workers may lag, so a minute is patient; a draft is written by a
 * language model; the approval waits for a person.
 */
export const STEP_RULES: Record<CanaryStep, StepRule> = {
  inbox: {
    title: 'Test inbox found in Chatwoot',
    timeoutMs: 30 * SECOND_MS,
    late: 'Chatwoot did not give the test inbox.',
  },
  conversation: {
    title: 'Test conversation created in Chatwoot',
    timeoutMs: 30 * SECOND_MS,
    late: 'Chatwoot did not take the test conversation.',
  },
  message: {
    title: 'Test message written as a customer',
    timeoutMs: 30 * SECOND_MS,
    late: 'Chatwoot did not take the test message.',
  },
  webhook: {
    title: 'Webhook of the test message arrived',
    timeoutMs: MINUTE_MS,
    late: 'Chatwoot took the message, but its webhook did not arrive here. Check the webhook in Chatwoot (address, events) and its workers.',
  },
  agent: {
    title: 'Agent service took the webhook',
    timeoutMs: MINUTE_MS,
    late: 'The webhook arrived here, but the Agent service did not take it in time.',
  },
  draft: {
    title: 'AI draft appeared in Chatwoot as a private note',
    timeoutMs: 2 * MINUTE_MS,
    late: 'The Agent service took the webhook, but wrote no draft into the conversation.',
  },
  approval: {
    title: 'Draft approved by a person',
    timeoutMs: 30 * MINUTE_MS,
    late: 'Nobody approved the draft in time. Start the canary again when somebody is there.',
  },
  publish: {
    title: 'Reply published in Chatwoot',
    timeoutMs: 30 * SECOND_MS,
    late: 'Chatwoot did not take the reply.',
  },
  reply: {
    title: 'Reply delivered',
    timeoutMs: MINUTE_MS,
    late: 'Chatwoot took the reply, but did not say that it was delivered.',
  },
};

/** The step after one; null after the last. */
export function stepAfter(step: CanaryStep): CanaryStep | null {
  return CANARY_STEPS[CANARY_STEPS.indexOf(step) + 1] ?? null;
}

export const isCanaryStep = (step: string): step is CanaryStep =>
  (CANARY_STEPS as readonly string[]).includes(step);
