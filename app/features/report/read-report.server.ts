import type { Services } from '../../lib/services.server.ts';
import { readActions, readReportRow } from './change-report.server.ts';
import { nameCustomers, readRecord } from './read-record.server.ts';
import { readContent, type ReportContent } from './report-content.ts';
import type { IncidentReport, ReportEditor } from './report-view.ts';

/**
 * The report of an incident: while it is a draft read from the record now, afterwards as it was signed.
 * @param options.withCustomers adds customers' names, for whoever may read their texts
 * @returns null when there is no such incident
 */
export async function readReport(
  services: Services,
  { incidentId, withCustomers, now }: { incidentId: number; withCustomers: boolean; now: Date },
): Promise<IncidentReport | null> {
  const { pool } = services.db;
  const row = await readReportRow(pool, incidentId);
  const report =
    row.state === 'signed'
      ? (row.signed as IncidentReport)
      : await readRecord(services, { incidentId, content: row.content, now });
  if (!report || !withCustomers) return report;
  const listed = await nameCustomers(pool, report.affected.listed);
  return { ...report, affected: { ...report.affected, listed } };
}

const MOST_VERSIONS = 20;

/** The draft as it stands, with its history and what was kept beside. */
export async function readReportEditor(services: Services, incidentId: number): Promise<ReportEditor> {
  const { pool } = services.db;
  const [row, versions, asides, actions] = await Promise.all([
    readReportRow(pool, incidentId),
    pool.query<{ version: number; at: Date; by: string }>(
      `SELECT version, at, by FROM incident_report_versions WHERE incident_id = $1 ORDER BY version DESC LIMIT $2`,
      [incidentId, MOST_VERSIONS],
    ),
    pool.query<{ id: number; at: Date; by: string; content: unknown }>(
      `SELECT id, at, by, content FROM incident_report_asides
       WHERE incident_id = $1 AND settled_at IS NULL ORDER BY id LIMIT 50`,
      [incidentId],
    ),
    readActions(pool, incidentId),
  ]);
  const { version, state, content, updatedAt, updatedBy } = row;
  return {
    version,
    state,
    content,
    updatedAt: updatedAt?.toISOString() ?? null,
    updatedBy,
    versions: versions.rows.map((one) => ({ ...one, at: one.at.toISOString() })),
    asides: asides.rows.map((one) => ({
      ...one,
      at: one.at.toISOString(),
      content: readContent(one.content),
    })),
    actions,
  };
}

/** The text of one saved version; null when there is none of that number. */
export async function readReportVersion(
  services: Services,
  { incidentId, version }: { incidentId: number; version: number },
): Promise<{ version: number; at: string; by: string; content: ReportContent } | null> {
  const { rows } = await services.db.pool.query<{ at: Date; by: string; content: unknown }>(
    'SELECT at, by, content FROM incident_report_versions WHERE incident_id = $1 AND version = $2',
    [incidentId, version],
  );
  const [row] = rows;
  return row ? { version, at: row.at.toISOString(), by: row.by, content: readContent(row.content) } : null;
}
