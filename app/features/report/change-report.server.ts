import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { type IncidentRow, lockIncident } from '../incidents/incident-row.server.ts';
import type { ActionInput, ActionState, PreventiveAction } from './report-view.ts';
import { readContent, type ReportContent } from './report-content.ts';

export interface ReportRequest {
  incidentId: number;
  actor: Actor;
  now: Date;
}

export type ReportRefusal =
  | { outcome: 'not_found' }
  /** It was merged: its report is the other one's. */
  | { outcome: 'merged' }
  /** It is signed; reopen it first. */
  | { outcome: 'signed' };

/**
 * Locks an incident and with it its report, does `work` in one transaction, and tells the pages.
 * @param options.signedToo also while the report is signed
 */
export async function changeReport<Done extends { outcome: string }>(
  services: Services,
  { incidentId, signedToo = false }: { incidentId: number; signedToo?: boolean },
  work: (client: pg.PoolClient, report: ReportRow, incident: IncidentRow) => Promise<Done>,
): Promise<Done | ReportRefusal> {
  const outcome = await inTransaction(services.db.pool, async (client): Promise<Done | ReportRefusal> => {
    const incident = await lockIncident(client, incidentId);
    if (!incident) return { outcome: 'not_found' };
    if (incident.status === 'merged') return { outcome: 'merged' };
    const report = await readReportRow(client, incidentId);
    if (report.state === 'signed' && !signedToo) return { outcome: 'signed' };
    return work(client, report, incident);
  });
  services.changes.announce('page');
  return outcome;
}

/** A report as it is stored; version 0: nobody has written anything yet. */
export interface ReportRow {
  state: 'draft' | 'signed';
  version: number;
  content: ReportContent;
  updatedAt: Date | null;
  updatedBy: string | null;
  signedAt: Date | null;
  signedBy: string | null;
  signed: unknown;
}

const NOTHING: Omit<ReportRow, 'content'> = {
  state: 'draft',
  version: 0,
  updatedAt: null,
  updatedBy: null,
  signedAt: null,
  signedBy: null,
  signed: null,
};

const SELECT_REPORT = `
  SELECT state, version, content, updated_at AS "updatedAt", updated_by AS "updatedBy", signed_at AS "signedAt",
    signed_by AS "signedBy", signed FROM incident_reports WHERE incident_id = $1`;

/** Pass the client of a transaction that has locked the incident to be sure that nobody changes it meanwhile. */
export async function readReportRow(db: pg.Pool | pg.ClientBase, incidentId: number): Promise<ReportRow> {
  const { rows } = await db.query<ReportRow>(SELECT_REPORT, [incidentId]);
  return { ...(rows[0] ?? NOTHING), content: readContent(rows[0]?.content) };
}

/** More than this nobody does. */
const MOST = 100;

export type AddActionOutcome =
  { outcome: 'action_added'; id: number } | { outcome: 'too_many_actions' } | ReportRefusal;

/** Adds something to be done so that it does not happen again; also to a report that is signed, which keeps its list. */
export function addAction(
  services: Services,
  request: ReportRequest & { input: ActionInput },
): Promise<AddActionOutcome> {
  const { incidentId, input, actor, now } = request;
  return changeReport<Exclude<AddActionOutcome, ReportRefusal>>(
    services,
    { ...request, signedToo: true },
    async (client) => {
      const { rows } = await client.query<{ id: number }>(
        `INSERT INTO preventive_actions (incident_id, kind, action, owner, due_on, created_at, created_by, changed_at, changed_by)
         SELECT $1, $2, $3, $4, $5, $6, $7, $6, $7
         WHERE (SELECT count(*) FROM preventive_actions WHERE incident_id = $1) < ${MOST} RETURNING id`,
        [incidentId, input.kind, input.action, input.owner, input.dueOn, now, actor.name],
      );
      const id = rows[0]?.id;
      if (id === undefined) return { outcome: 'too_many_actions' };
      await recordAudit(client, {
        actor,
        action: 'report.action_added',
        target: `preventive action ${id} of incident ${incidentId}`,
        after: input,
        at: now,
      });
      return { outcome: 'action_added', id };
    },
  );
}

export type ChangeActionOutcome =
  | { outcome: 'action_changed' }
  | { outcome: 'no_such_action' }
  | { outcome: 'changed_meanwhile' }
  | ReportRefusal;

/** Changes what is to be done, by whom and until when, or says that it is done or dropped. */
export function changeAction(
  services: Services,
  request: ReportRequest & { id: number; version: number; input: ActionInput; state: ActionState },
): Promise<ChangeActionOutcome> {
  const { incidentId, id, version, input, state, actor, now } = request;
  return changeReport<Exclude<ChangeActionOutcome, ReportRefusal>>(
    services,
    { ...request, signedToo: true },
    async (client) => {
      const before = await client.query<ActionInput & { state: ActionState; version: number }>(
        `SELECT kind, action, owner, due_on::text AS "dueOn", state, version FROM preventive_actions
         WHERE id = $1 AND incident_id = $2 FOR UPDATE`,
        [id, incidentId],
      );
      const [row] = before.rows;
      if (!row) return { outcome: 'no_such_action' };
      if (row.version !== version) return { outcome: 'changed_meanwhile' };
      await client.query(
        `UPDATE preventive_actions SET kind = $3, action = $4, owner = $5, due_on = $6, state = $7, changed_at = $8,
           changed_by = $9, version = version + 1 WHERE id = $1 AND version = $2`,
        [id, version, input.kind, input.action, input.owner, input.dueOn, state, now, actor.name],
      );
      await recordAudit(client, {
        actor,
        action: 'report.action_changed',
        target: `preventive action ${id} of incident ${incidentId}`,
        before: row,
        after: { ...input, state },
        at: now,
      });
      return { outcome: 'action_changed' };
    },
  );
}

/** Of an incident, the earliest due first; a day is read as text, because it has no time zone. */
export async function readActions(
  db: pg.Pool | pg.ClientBase,
  incidentId: number,
): Promise<PreventiveAction[]> {
  const { rows } = await db.query<PreventiveAction>(
    `SELECT id, kind, action, owner, due_on::text AS "dueOn", state, version FROM preventive_actions
     WHERE incident_id = $1 ORDER BY due_on, id LIMIT 200`,
    [incidentId],
  );
  return rows;
}
