import type { Pool } from 'pg';
import type { ToldManagement } from './stakeholder-items.ts';

/** Roles whose contacts accepted a message that the incident has recovered or was resolved. */
export async function readToldManagement(pool: Pool, incidentId: number): Promise<ToldManagement | null> {
  const { rows } = await pool.query<{ at: Date | null; roles: string[] }>(
    `SELECT max(n.finished_at) AS at, array_agg(DISTINCT c.role) AS roles
     FROM notifications n JOIN contacts c ON c.id = n.contact_id
     WHERE n.incident_id = $1 AND n.kind IN ('recovered', 'resolved') AND n.state = 'accepted'`,
    [incidentId],
  );
  const [row] = rows;
  return row?.at ? { at: row.at, roles: row.roles } : null;
}
