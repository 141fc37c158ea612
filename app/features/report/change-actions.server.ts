import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { changeReport, type ReportRefusal, type ReportRequest } from './change-report.server.ts';
import type { ActionInput, ActionState, PreventiveAction } from './preventive-action.ts';

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
