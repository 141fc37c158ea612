import type { Services } from '../../lib/services.server.ts';
import { SELECT_INCIDENT, type IncidentRow } from './incident-row.server.ts';
import type { IncidentSummary } from './incident-view.ts';
import { summarize } from './summarize.server.ts';

export const INCIDENT_PAGE_SIZE = 25;

export interface IncidentPage {
  incidents: IncidentSummary[];
  total: number;
  /** From 1. */
  page: number;
  pages: number;
}

const WEEK_MS = 7 * 86_400_000;
export const aWeekAgo = (now: Date): Date => new Date(now.getTime() - WEEK_MS);

/**
 * Incidents, the newest first.
 * @param options.since leaves out those that began before and are over; by default all are listed
 */
export async function listIncidents(
  services: Services,
  options: { page?: number; pageSize?: number; since?: Date | null } = {},
): Promise<IncidentPage> {
  const { pageSize = INCIDENT_PAGE_SIZE, since = null } = options;
  const where = "($1::timestamptz IS NULL OR i.started_at >= $1 OR i.status IN ('open', 'acknowledged'))";
  const { pool } = services.db;
  const counted = await pool.query<{ n: number }>(`SELECT count(*) AS n FROM incidents i WHERE ${where}`, [
    since,
  ]);
  const total = counted.rows[0]!.n;
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const page = Math.min(Math.max(1, options.page ?? 1), pages);
  const { rows } = await pool.query<IncidentRow>(
    `${SELECT_INCIDENT} WHERE ${where} ORDER BY i.started_at DESC, i.id DESC LIMIT $2 OFFSET $3`,
    [since, pageSize, (page - 1) * pageSize],
  );
  return { incidents: rows.map(summarize), total, page, pages };
}

/** Incidents that need somebody, the worst first, then the one that lasts longest; recovered ones after the others. */
export async function currentIncidents(services: Services): Promise<IncidentSummary[]> {
  const { rows } = await services.db.pool.query<IncidentRow>(
    `${SELECT_INCIDENT} WHERE i.status IN ('open', 'acknowledged')
     ORDER BY i.recovered_at IS NOT NULL, i.severity, i.started_at, i.id LIMIT 100`,
  );
  return rows.map(summarize);
}
