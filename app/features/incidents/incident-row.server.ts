import type pg from 'pg';
import type { Severity } from '../notify/severity.ts';
import type { IncidentStatus } from './incident-view.ts';

/** An incident as it is stored, with what it takes from its drill. */
export interface IncidentRow {
  id: number;
  cause: string;
  title: string;
  severity: Severity;
  status: IncidentStatus;
  startedAt: Date;
  openedAt: Date;
  openedBy: string;
  acknowledgedAt: Date | null;
  acknowledgedBy: string | null;
  assignee: string | null;
  recoveredAt: Date | null;
  resolvedAt: Date | null;
  resolvedBy: string | null;
  resolution: string | null;
  overrideReason: string | null;
  mergedInto: number | null;
  nextStepAt: Date | null;
  drillId: number | null;
  version: number;
  /** 1 outside of drills. */
  speed: number;
  drillNotify: 'marked' | 'simulated' | null;
}

/** Selects {@link IncidentRow}s; add conditions on `i`. */
export const SELECT_INCIDENT = `
  SELECT i.id, i.cause, i.title, i.severity, i.status, i.started_at AS "startedAt", i.opened_at AS "openedAt",
    i.opened_by AS "openedBy", i.acknowledged_at AS "acknowledgedAt", i.acknowledged_by AS "acknowledgedBy", i.assignee,
    i.recovered_at AS "recoveredAt", i.resolved_at AS "resolvedAt", i.resolved_by AS "resolvedBy", i.resolution,
    i.override_reason AS "overrideReason", i.merged_into AS "mergedInto", i.next_step_at AS "nextStepAt",
    i.drill_id AS "drillId", i.version, COALESCE(d.speed, 1) AS speed, d.notify AS "drillNotify"
  FROM incidents i LEFT JOIN drills d ON d.id = i.drill_id`;

/** Whether it still needs somebody. */
export const isOpen = ({ status }: Pick<IncidentRow, 'status'>): boolean =>
  status === 'open' || status === 'acknowledged';

/** Reads an incident and keeps others from changing it until the transaction ends. */
export async function lockIncident(client: pg.ClientBase, id: number): Promise<IncidentRow | null> {
  const { rows } = await client.query<IncidentRow>(`${SELECT_INCIDENT} WHERE i.id = $1 FOR UPDATE OF i`, [
    id,
  ]);
  return rows[0] ?? null;
}

/** The open incident of a cause, locked; one that was merged goes on in the one it was merged into. */
export async function lockOpenIncidentOf(client: pg.ClientBase, cause: string): Promise<IncidentRow | null> {
  const { rows } = await client.query<IncidentRow>(
    `${SELECT_INCIDENT}
     WHERE i.status IN ('open', 'acknowledged') AND (i.cause = $1 OR EXISTS (
       SELECT 1 FROM incidents m WHERE m.merged_into = i.id AND m.cause = $1))
     ORDER BY (i.cause = $1) DESC, i.id LIMIT 1 FOR UPDATE OF i`,
    [cause],
  );
  return rows[0] ?? null;
}
