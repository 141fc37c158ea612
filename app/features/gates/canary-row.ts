import type { CanaryStep } from './canary-steps.ts';

/** A canary as the database has it. */
export interface CanaryRow {
  id: number;
  started_at: Date;
  started_by: string;
  state: 'running' | 'closing' | 'done';
  outcome: 'passed' | 'failed' | 'cancelled' | null;
  step: CanaryStep;
  step_started_at: Date;
  step_problem: string | null;
  inbox_id: number | null;
  inbox_identifier: string | null;
  /** Names the canary's contact to Chatwoot, so that a repeated call finds what an earlier one made. */
  source_id: string;
  conversation_id: string | null;
  conversation_key: string | null;
  message_id: number | null;
  draft_id: number | null;
  approved_by: string | null;
  reply_id: number | null;
}

/** What a step leaves for the next ones. */
export type CanaryFindings = Partial<
  Pick<
    CanaryRow,
    | 'inbox_id'
    | 'inbox_identifier'
    | 'conversation_id'
    | 'conversation_key'
    | 'message_id'
    | 'draft_id'
    | 'reply_id'
  >
>;

/** What came of looking at a step once. */
export type StepResult =
  | {
      outcome: 'done';
      /** What was seen, one sentence. */
      evidence: string;
      findings?: CanaryFindings;
      /** When it began and happened, where that is known better than by when it was looked for. */
      from?: Date;
      at?: Date;
    }
  /** Not yet: looked at again until the step's time is up. */
  | { outcome: 'wait'; problem: string | null }
  /** It cannot succeed any more. */
  | { outcome: 'failed'; problem: string };
