import type pg from 'pg';
import type { PreventiveAction } from './preventive-action.ts';

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
