import type pg from 'pg';
import { SELECT_INCIDENT, type IncidentRow } from './incident-row.server.ts';

const COLUMNS = {
  title: 'title',
  severity: 'severity',
  status: 'status',
  startedAt: 'started_at',
  acknowledgedAt: 'acknowledged_at',
  acknowledgedBy: 'acknowledged_by',
  assignee: 'assignee',
  recoveredAt: 'recovered_at',
  resolvedAt: 'resolved_at',
  resolvedBy: 'resolved_by',
  resolution: 'resolution',
  overrideReason: 'override_reason',
  mergedInto: 'merged_into',
  nextStepAt: 'next_step_at',
} as const satisfies Partial<Record<keyof IncidentRow, string>>;

/**
 * Writes fields of an incident that the transaction has locked; its version moves on.
 * @returns the incident as it is now
 */
export async function changeRow(
  client: pg.ClientBase,
  before: IncidentRow,
  fields: Partial<Pick<IncidentRow, keyof typeof COLUMNS>>,
): Promise<IncidentRow> {
  const names = Object.keys(fields) as (keyof typeof COLUMNS)[];
  const sets = names.map((name, index) => `${COLUMNS[name]} = $${index + 3}`);
  const changed = await client.query(
    `UPDATE incidents SET ${[...sets, 'version = version + 1'].join(', ')} WHERE id = $1 AND version = $2`,
    [before.id, before.version, ...names.map((name) => fields[name])],
  );
  if (changed.rowCount !== 1) throw new Error(`Incident ${before.id} was not locked by whoever changes it.`);
  const { rows } = await client.query<IncidentRow>(`${SELECT_INCIDENT} WHERE i.id = $1`, [before.id]);
  return rows[0]!;
}
