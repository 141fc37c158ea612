import type pg from 'pg';
import { readContent, type ReportContent } from './report-content.ts';

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
