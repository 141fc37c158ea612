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

/**
 * Incidents, the newest first.
 * @param options.all also those that are resolved or merged; by default those that need somebody
 */
export async function listIncidents(
  services: Services,
  options: { page?: number; pageSize?: number; all?: boolean } = {},
): Promise<IncidentPage> {
  const { pageSize = INCIDENT_PAGE_SIZE, all = true } = options;
  const where = all ? 'true' : "i.status IN ('open', 'acknowledged')";
  const { pool } = services.db;
  const counted = await pool.query<{ n: number }>(`SELECT count(*) AS n FROM incidents i WHERE ${where}`);
  const total = counted.rows[0]!.n;
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const page = Math.min(Math.max(1, options.page ?? 1), pages);
  const { rows } = await pool.query<IncidentRow>(
    `${SELECT_INCIDENT} WHERE ${where} ORDER BY i.started_at DESC, i.id DESC LIMIT $1 OFFSET $2`,
    [pageSize, (page - 1) * pageSize],
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
