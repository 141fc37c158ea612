import type pg from 'pg';
import type { Severity } from '../../lib/severity.ts';
import type { IncidentStatus, IncidentSummary } from './incident-view.ts';
import { type Lull, lullsRange } from './outage-clock.ts';

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
  /** When it worked in between. */
  lulls: Lull[];
  /** When it was told last that it comes and goes; null: each change is told. Its column bears the first name it had. */
  flappingToldAt: Date | null;
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

/** When an incident `i` worked in between, as {@link Lull}s. */
export const LULLS = `COALESCE((SELECT json_agg(json_build_object('from', lower(lull), 'to', upper(lull))) FROM unnest(i.lulls) lull), '[]')`;

/** Selects {@link IncidentRow}s; add conditions on `i`. */
export const SELECT_INCIDENT = `
  SELECT i.id, i.cause, i.title, i.severity, i.status, i.started_at AS "startedAt", i.opened_at AS "openedAt",
    i.opened_by AS "openedBy", i.acknowledged_at AS "acknowledgedAt", i.acknowledged_by AS "acknowledgedBy", i.assignee,
    i.recovered_at AS "recoveredAt", ${LULLS} AS lulls, i.flapping_since AS "flappingToldAt", i.resolved_at AS "resolvedAt", i.resolved_by AS "resolvedBy", i.resolution,
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

const COLUMNS = {
  title: 'title',
  severity: 'severity',
  status: 'status',
  startedAt: 'started_at',
  acknowledgedAt: 'acknowledged_at',
  acknowledgedBy: 'acknowledged_by',
  assignee: 'assignee',
  recoveredAt: 'recovered_at',
  lulls: 'lulls',
  flappingToldAt: 'flapping_since',
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
export async function changeIncidentRow(
  client: pg.ClientBase,
  before: IncidentRow,
  fields: Partial<Pick<IncidentRow, keyof typeof COLUMNS>>,
): Promise<IncidentRow> {
  const names = Object.keys(fields) as (keyof typeof COLUMNS)[];
  const sets = names.map((name, index) => `${COLUMNS[name]} = $${index + 3}`);
  const changed = await client.query(
    `UPDATE incidents SET ${[...sets, 'version = version + 1'].join(', ')} WHERE id = $1 AND version = $2`,
    [
      before.id,
      before.version,
      ...names.map((name) => (name === 'lulls' ? lullsRange(fields.lulls ?? []) : fields[name])),
    ],
  );
  if (changed.rowCount !== 1) throw new Error(`Incident ${before.id} was not locked by whoever changes it.`);
  const { rows } = await client.query<IncidentRow>(`${SELECT_INCIDENT} WHERE i.id = $1`, [before.id]);
  return rows[0]!;
}

/** Key of the advisory lock under which rules are judged and incidents are opened: one at a time in the whole cluster. */
const OPENING_LOCK = 7_260_001;

/** Waits for whoever may be opening an incident. Call it before any incident is locked. */
export async function lockOpening(client: pg.ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [OPENING_LOCK]);
}

/** @returns whether nobody else is at it */
export async function tryLockOpening(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [
    OPENING_LOCK,
  ]);
  return rows[0]!.mine;
}

const iso = (at: Date | null) => at?.toISOString() ?? null;

/** An incident as plain data. */
export function summarizeIncident(incident: IncidentRow): IncidentSummary {
  return {
    id: incident.id,
    severity: incident.severity,
    status: incident.status,
    cause: incident.cause,
    title: incident.title,
    startedAt: incident.startedAt.toISOString(),
    openedAt: incident.openedAt.toISOString(),
    acknowledgedAt: iso(incident.acknowledgedAt),
    acknowledgedBy: incident.acknowledgedBy,
    assignee: incident.assignee,
    recoveredAt: iso(incident.recoveredAt),
    lulls: incident.lulls.map(({ from, to }) => ({ from: iso(new Date(from))!, to: iso(new Date(to))! })),
    resolvedAt: iso(incident.resolvedAt),
    resolvedBy: incident.resolvedBy,
    mergedInto: incident.mergedInto,
    drill: incident.drillId !== null,
    version: incident.version,
  };
}

/** A practised outage that is going on. */
export interface OpenDrill {
  id: number;
  /** Windows and clocks are divided by it. */
  speed: number;
  notify: 'marked' | 'simulated';
}

/** The drill that is open, if any: what begins meanwhile belongs to it. */
export async function readOpenDrill(client: pg.ClientBase): Promise<OpenDrill | null> {
  const { rows } = await client.query<OpenDrill>(
    'SELECT id, speed, notify FROM drills WHERE ended_at IS NULL',
  );
  return rows[0] ?? null;
}

/** Components whose incidents have a cause of another name; every other is its own cause, e.g. `target:<name>`. */
const CAUSE_OF: Record<string, string> = { agent: 'delivery' };

/** The cause of the incident that a component's checks belong to. */
export const causeOf = (component: string): string => CAUSE_OF[component] ?? component;

/** The component whose checks tell of a cause. */
export const componentOf = (cause: string): string =>
  Object.keys(CAUSE_OF).find((component) => CAUSE_OF[component] === cause) ?? cause;
