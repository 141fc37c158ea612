import type { Queryable } from '../../lib/reading.ts';
import type { GateMark } from './gate-item.ts';

/** The newest mark of each item of a checklist. */
export async function readMarks(
  db: Queryable,
  gate: 'restore' | 'recovery',
  incidentId: number | null,
): Promise<GateMark[]> {
  const { rows } = await db.query<GateMark>(
    `SELECT DISTINCT ON (item) item, done, at, by, note FROM gate_marks
     WHERE gate = $1 AND incident_id IS NOT DISTINCT FROM $2::bigint
     ORDER BY item, id DESC`,
    [gate, incidentId],
  );
  return rows;
}
