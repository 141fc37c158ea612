import type { ClientBase } from 'pg';
import type { CanaryFindings, CanaryRow } from './canary-row.ts';
import { stepAfter, type CanaryStep } from './canary-steps.ts';

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
