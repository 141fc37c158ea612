import type pg from 'pg';
import type { StepInput } from './step-input.ts';

/** A step as the audit log keeps it. */
export async function readStepForAudit(
  client: pg.ClientBase,
  id: number,
): Promise<(StepInput & { position: number }) | null> {
  const { rows } = await client.query<StepInput & { position: number }>(
    `SELECT position, role, after_minutes AS "afterMinutes", severities, causes, hosting,
       when_acknowledged AS "whenAcknowledged", reason
     FROM escalation_steps WHERE id = $1 AND removed_at IS NULL`,
    [id],
  );
  return rows[0] ?? null;
}

/** The columns of a step, in the order of `readStepForAudit` without the position. */
export const stepValues = (input: StepInput): unknown[] => [
  input.role,
  input.afterMinutes,
  input.severities,
  input.causes,
  input.hosting,
  input.whenAcknowledged,
  input.reason,
];
