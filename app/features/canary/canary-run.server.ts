import type { ClientBase, Pool } from 'pg';
import { type CanaryStep, stepAfter } from './canary-view.ts';
import { mayTake } from '../processes/liveness.ts';
import type { ExactId } from '../../lib/chatwoot/chatwoot-values.ts';

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
  inbox_id: ExactId | null;
  inbox_identifier: string | null;
  /** Names the canary's contact to Chatwoot, so that a repeated call finds what an earlier one made. */
  source_id: string;
  conversation_id: string | null;
  conversation_key: string | null;
  message_id: ExactId | null;
  draft_id: ExactId | null;
  approved_by: string | null;
  reply_id: ExactId | null;
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
export type CanaryStepResult =
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

/**
 * Takes the canary that is to be looked at, if there is one that no living process has: a claim holds while its
 * process's heartbeat is fresh, as a lease does.
 */
export async function claimCanary(pool: Pool, owner: string, now: Date): Promise<CanaryRow | null> {
  const { rows } = await pool.query<CanaryRow>(
    `UPDATE canary_runs SET owner = $1, claimed_at = $2
     WHERE id = (
       SELECT id FROM canary_runs r
       WHERE state <> 'done' AND due_at <= $2
         AND ${mayTake('r.owner')}
       ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING id, started_at, started_by, state, outcome, step, step_started_at, step_problem, inbox_id, inbox_identifier,
       source_id, conversation_id, conversation_key, message_id, draft_id, approved_by, reply_id`,
    [owner, now],
  );
  return rows[0] ?? null;
}

/** Columns that a step may fill; names come from here and never from elsewhere. */
const FINDINGS = [
  'inbox_id',
  'inbox_identifier',
  'conversation_id',
  'conversation_key',
  'message_id',
  'draft_id',
  'reply_id',
] as const satisfies (keyof CanaryFindings)[];

export interface RecordedStep {
  run: Pick<CanaryRow, 'id' | 'step' | 'step_started_at'>;
  ok: boolean;
  evidence: string;
  by: string;
  from: Date;
  at: Date;
  /** When the next step begins: when this one was recorded. */
  now: Date;
  findings?: CanaryFindings;
}

/** Writes down how a step ended; a repeated one keeps the first account. */
export async function recordCanaryStep(client: ClientBase, step: RecordedStep): Promise<void> {
  const { run, ok, evidence, by, from } = step;
  const at = step.at < from ? from : step.at;
  await client.query(
    `INSERT INTO canary_steps (run_id, step, ok, started_at, finished_at, by, evidence)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
    [run.id, run.step, ok, from, at, by, evidence],
  );
}

/**
 * Goes on to the next step, or to closing after the last, guarded by who has the canary and where it stands.
 * @param guard its owner, or null where a person acts and no process has it
 * @returns whether it was still at that step
 */
export async function advanceCanary(
  client: ClientBase,
  run: Pick<CanaryRow, 'id' | 'step'>,
  { owner, findings = {}, now }: { owner: string | null; findings?: CanaryFindings; now: Date },
): Promise<boolean> {
  const next: CanaryStep | null = stepAfter(run.step);
  const names = FINDINGS.filter((name) => findings[name] !== undefined);
  const sets = names.map((name, index) => `, ${name} = $${index + 6}`).join('');
  const moved = await client.query(
    `UPDATE canary_runs SET owner = NULL, step_problem = NULL, due_at = $4, step_started_at = $4,
       step = COALESCE($5, step), state = CASE WHEN $5::text IS NULL THEN 'closing' ELSE state END,
       outcome = CASE WHEN $5::text IS NULL THEN 'passed' END,
       finished_at = CASE WHEN $5::text IS NULL THEN $4::timestamptz END${sets}
     WHERE id = $1 AND step = $2 AND state = 'running' AND ($3::uuid IS NULL OR owner = $3)`,
    [run.id, run.step, owner, now, next, ...names.map((name) => findings[name])],
  );
  return moved.rowCount === 1;
}

/** Ends a running canary that did not pass; its conversation is resolved afterwards. */
export async function endCanary(
  client: ClientBase,
  run: Pick<CanaryRow, 'id' | 'step'>,
  end: { owner: string | null; outcome: 'failed' | 'cancelled'; problem: string; now: Date },
): Promise<boolean> {
  const ended = await client.query(
    `UPDATE canary_runs SET owner = NULL, state = 'closing', outcome = $4, problem = $5, due_at = $6, step_started_at = $6,
       finished_at = $6
     WHERE id = $1 AND step = $2 AND state = 'running' AND ($3::uuid IS NULL OR owner = $3)`,
    [run.id, run.step, end.owner, end.outcome, end.problem, end.now],
  );
  return ended.rowCount === 1;
}
