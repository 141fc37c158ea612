import type { Services } from '../../lib/services.server.ts';
import { SELECT_INCIDENT, type IncidentRow } from './incident-row.server.ts';
import type { IncidentSummary } from './incident-view.ts';
import type { PastFilter } from './past-filter.ts';
import { summarize } from './summarize.server.ts';

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
    past: listed.rows.slice(0, PAGE_SIZE).map(summarize),
    page: filter.page,
    more: listed.rows.length > PAGE_SIZE,
    causes: causes.rows.map(({ cause }) => cause),
  };
}
