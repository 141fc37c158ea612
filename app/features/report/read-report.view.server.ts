import type { Services } from '../../lib/services.server.ts';
import { nameCustomers } from './read-affected.server.ts';
import { readRecord } from './read-record.server.ts';
import { readReportRow } from './report-row.server.ts';
import type { IncidentReport } from './report-view.ts';

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
