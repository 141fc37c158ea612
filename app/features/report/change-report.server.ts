import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { lockIncident, type IncidentRow } from '../incidents/incident-row.server.ts';
import { readReportRow, type ReportRow } from './report-row.server.ts';

export interface ReportRequest {
  incidentId: number;
  actor: Actor;
  now: Date;
}

export type ReportRefusal =
  | { outcome: 'not_found' }
  /** It was merged: its report is the other one's. */
  | { outcome: 'merged' }
  /** It is signed; reopen it first. */
  | { outcome: 'signed' };

/**
 * Locks an incident and with it its report, does `work` in one transaction, and tells the pages.
 * @param options.signedToo also while the report is signed
 */
export async function changeReport<Done extends { outcome: string }>(
  services: Services,
  { incidentId, signedToo = false }: { incidentId: number; signedToo?: boolean },
  work: (client: pg.PoolClient, report: ReportRow, incident: IncidentRow) => Promise<Done>,
): Promise<Done | ReportRefusal> {
  const outcome = await inTransaction(services.db.pool, async (client): Promise<Done | ReportRefusal> => {
    const incident = await lockIncident(client, incidentId);
    if (!incident) return { outcome: 'not_found' };
    if (incident.status === 'merged') return { outcome: 'merged' };
    const report = await readReportRow(client, incidentId);
    if (report.state === 'signed' && !signedToo) return { outcome: 'signed' };
    return work(client, report, incident);
  });
  services.changes.announce('page');
  return outcome;
}
