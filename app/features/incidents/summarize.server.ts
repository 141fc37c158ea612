import type { IncidentRow } from './incident-row.server.ts';
import type { IncidentSummary } from './incident-view.ts';

const iso = (at: Date | null) => at?.toISOString() ?? null;

/** An incident as plain data. */
export function summarize(incident: IncidentRow): IncidentSummary {
  return {
    id: incident.id,
    severity: incident.severity,
    status: incident.status,
    cause: incident.cause,
    title: incident.title,
    startedAt: incident.startedAt.toISOString(),
    openedAt: incident.openedAt.toISOString(),
    acknowledgedAt: iso(incident.acknowledgedAt),
    acknowledgedBy: incident.acknowledgedBy,
    assignee: incident.assignee,
    recoveredAt: iso(incident.recoveredAt),
    resolvedAt: iso(incident.resolvedAt),
    resolvedBy: incident.resolvedBy,
    mergedInto: incident.mergedInto,
    drill: incident.drillId !== null,
    version: incident.version,
  };
}
