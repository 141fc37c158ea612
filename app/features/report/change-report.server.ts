import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { type IncidentRow, lockIncident } from '../incidents/incident-row.server.ts';
import { readContent, type ReportContent } from './report-content.ts';

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

/** A report as it is stored; version 0: nobody has written anything yet. */
export interface ReportRow {
  state: 'draft' | 'signed';
  version: number;
  content: ReportContent;
  updatedAt: Date | null;
  updatedBy: string | null;
  signedAt: Date | null;
  signedBy: string | null;
  signed: unknown;
}

const NOTHING: Omit<ReportRow, 'content'> = {
  state: 'draft',
  version: 0,
  updatedAt: null,
  updatedBy: null,
  signedAt: null,
  signedBy: null,
  signed: null,
};

const SELECT_REPORT = `
  SELECT state, version, content, updated_at AS "updatedAt", updated_by AS "updatedBy", signed_at AS "signedAt",
    signed_by AS "signedBy", signed FROM incident_reports WHERE incident_id = $1`;

/** Pass the client of a transaction that has locked the incident to be sure that nobody changes it meanwhile. */
export async function readReportRow(db: pg.Pool | pg.ClientBase, incidentId: number): Promise<ReportRow> {
  const { rows } = await db.query<ReportRow>(SELECT_REPORT, [incidentId]);
  return { ...(rows[0] ?? NOTHING), content: readContent(rows[0]?.content) };
}
