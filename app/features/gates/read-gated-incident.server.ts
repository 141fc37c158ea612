import type { Queryable } from '../../lib/reading.ts';
import type { GatedIncident } from './gated-incident.ts';

/** Rules whose recovery is not seen in health checks: their own clearing is what the recovery counts from. */
const DELIVERY_RULES = ['success_rate', 'dead_letters'];

export async function readGatedIncident(db: Queryable, id: number): Promise<GatedIncident | null> {
  const { rows } = await db.query<GatedIncident>(
    `SELECT i.id, i.title, i.cause, i.severity, i.status, i.started_at AS "startedAt", i.opened_at AS "openedAt",
       i.recovered_at AS "recoveredAt", i.resolved_at AS "resolvedAt", i.override_reason AS "overrideReason", COALESCE(d.speed, 1) AS speed,
       ARRAY(SELECT words FROM incident_alerts a WHERE a.incident_id = i.id AND a.cleared_at IS NULL ORDER BY fired_at, rule) AS "stillFiring",
       (SELECT max(cleared_at) FROM incident_alerts a WHERE a.incident_id = i.id AND a.rule = ANY($2)) AS "deliveryClearedAt"
     FROM incidents i LEFT JOIN drills d ON d.id = i.drill_id WHERE i.id = $1`,
    [id, DELIVERY_RULES],
  );
  return rows[0] ?? null;
}
