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
