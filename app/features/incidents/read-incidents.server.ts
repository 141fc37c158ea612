import type { Services } from '../../lib/services.server.ts';
import { parseSeverity, type Severity } from '../../lib/severity.ts';
import { storableText } from '../../lib/storable.ts';
import { type IncidentRow, SELECT_INCIDENT, summarizeIncident } from './incident-row.server.ts';
import type { IncidentSummary } from './incident-view.ts';

const INCIDENT_PAGE_SIZE = 25;

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
  return { incidents: rows.map(summarizeIncident), total, page, pages };
}

/** Incidents that need somebody, the worst first, then the one that lasts longest; recovered ones after the others. */
export async function currentIncidents(services: Services): Promise<IncidentSummary[]> {
  const { rows } = await services.db.pool.query<IncidentRow>(
    `${SELECT_INCIDENT} WHERE i.status IN ('open', 'acknowledged')
     ORDER BY i.recovered_at IS NOT NULL, i.severity, i.started_at, i.id LIMIT 100`,
  );
  return rows.map(summarizeIncident);
}

/** Incidents by their number or a part of their title, those that go on first; "%" and "_" mean themselves. */
export async function findIncidents(
  { db }: Services,
  { id, text }: { id: number | null; text: string | null },
  most: number,
): Promise<IncidentSummary[]> {
  const { rows } = await db.pool.query<IncidentRow>(
    `${SELECT_INCIDENT} WHERE i.id = $1 OR strpos(lower(i.title), lower($2)) > 0
     ORDER BY i.id IS DISTINCT FROM $1, i.status IN ('resolved', 'merged'), i.started_at DESC, i.id DESC LIMIT $3`,
    [id, text, most],
  );
  return rows.map(summarizeIncident);
}

/** How many incidents go on, by severity. */
export async function countGoingOn({ db }: Services): Promise<Record<Severity, number>> {
  const { rows } = await db.pool.query<{ severity: Severity; n: number }>(
    `SELECT severity, count(*) AS n FROM incidents
     WHERE status IN ('open', 'acknowledged') AND recovered_at IS NULL GROUP BY 1`,
  );
  return { P0: 0, P1: 0, P2: 0, ...Object.fromEntries(rows.map(({ severity, n }) => [severity, n])) };
}

const PAGE_SIZE = 25;

export interface PastIncidents {
  past: IncidentSummary[];
  page: number;
  /** There are older ones. */
  more: boolean;
  /** Causes that ever had an incident, for the filter. */
  causes: string[];
}

/** Incidents that are resolved or merged, the newest first. */
export async function listPastIncidents({ db }: Services, filter: PastFilter): Promise<PastIncidents> {
  const [listed, causes] = await Promise.all([
    db.pool.query<IncidentRow>(
      `${SELECT_INCIDENT}
       WHERE i.status IN ('resolved', 'merged') AND ($1::text IS NULL OR i.severity = $1)
         AND ($2::text IS NULL OR i.cause = $2)
       ORDER BY i.started_at DESC, i.id DESC LIMIT $3 OFFSET $4`,
      [filter.severity, filter.cause, PAGE_SIZE + 1, (filter.page - 1) * PAGE_SIZE],
    ),
    db.pool.query<{ cause: string }>(
      "SELECT DISTINCT cause FROM incidents WHERE cause NOT LIKE 'manual:%' ORDER BY cause LIMIT 100",
    ),
  ]);
  return {
    past: listed.rows.slice(0, PAGE_SIZE).map(summarizeIncident),
    page: filter.page,
    more: listed.rows.length > PAGE_SIZE,
    causes: causes.rows.map(({ cause }) => cause),
  };
}

/** Which of the incidents that are over a page shows. */
export interface PastFilter {
  severity: Severity | null;
  cause: string | null;
  /** From 1. */
  page: number;
}

/** Reads `severity`, `cause` and `page` from a page's query; what is not understood is left out. */
export function parsePastFilter(params: URLSearchParams): PastFilter {
  const page = Number(params.get('page') ?? 1);
  return {
    severity: parseSeverity(params.get('severity')),
    cause: storableText(params.get('cause')?.trim() ?? '', 100) || null,
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** Which of some incidents are not over: neither resolved nor merged. */
export async function readOpenAmong({ db }: Services, ids: readonly number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  const { rows } = await db.pool.query<{ id: number }>({
    name: 'incidents-open-among',
    text: "SELECT id FROM incidents WHERE id = ANY($1::bigint[]) AND status IN ('open', 'acknowledged')",
    values: [ids],
  });
  return new Set(rows.map(({ id }) => id));
}
