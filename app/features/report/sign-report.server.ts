import type { Services } from '../../lib/services.server.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { recordLedgerCheck } from '../facts/ledger.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import {
  changeReport,
  readReportRow,
  type ReportRefusal,
  type ReportRequest,
} from './change-report.server.ts';
import { readRecord } from './read-record.server.ts';
import { cleanedText } from './report-content.ts';
import type { IncidentReport } from './report-view.ts';

export type SignOutcome =
  | { outcome: 'report_signed' }
  /** A report is of something that is over. */
  | { outcome: 'not_resolved' }
  | { outcome: 'root_cause_missing' }
  /** Somebody saved since the page was loaded: read it first. */
  | { outcome: 'changed_meanwhile' }
  | ReportRefusal;

/**
 * A named person says that the report is right. The ledger is counted for it. What it says is kept as it is then: what it
 * was read from is removed after its retention time.
 * @param request.version the version that was read
 */
export async function signReport(
  services: Services,
  request: ReportRequest & { version: number },
): Promise<SignOutcome> {
  const { incidentId, actor, now, version } = request;
  // Before the transaction, over connections of its own; the version says whether it still holds.
  const read = await readReportRow(services.db.pool, incidentId);
  await recordLedgerCheck(services.db.pool, now);
  const record = await readRecord(services, { incidentId, content: read.content, now });
  return changeReport<Exclude<SignOutcome, ReportRefusal>>(
    services,
    request,
    async (client, row, incident) => {
      if (incident.status !== 'resolved' || !record) return { outcome: 'not_resolved' };
      if (row.version !== version || read.version !== version) return { outcome: 'changed_meanwhile' };
      if (!row.content.rootCause) return { outcome: 'root_cause_missing' };
      await recordTimeline(client, {
        incidentId,
        at: now,
        source: 'person',
        kind: 'report_signed',
        text: `${actor.name} signed the incident report.`,
        actor: actor.name,
      });
      const signed: IncidentReport = {
        ...record,
        state: 'signed',
        signedBy: actor.name,
        signedAt: now.toISOString(),
      };
      await client.query(
        `UPDATE incident_reports SET state = 'signed', signed_at = $2, signed_by = $3, signed = $4
       WHERE incident_id = $1 AND state = 'draft' AND version = $5`,
        [incidentId, now, actor.name, signed, version],
      );
      await recordFact(client, {
        type: 'support.report.signed',
        value: { incident: incidentId, version },
        metadata: { actor: actor.name },
        now,
      });
      await recordAudit(client, {
        actor,
        action: 'report.signed',
        target: `report of incident ${incidentId}`,
        before: { state: 'draft', version },
        after: { state: 'signed', version },
        at: now,
      });
      return { outcome: 'report_signed' };
    },
  );
}

const REASON_LENGTH = 500;

export type ReopenReportOutcome =
  { outcome: 'report_reopened' } | { outcome: 'not_signed' } | { outcome: 'reason_missing' } | ReportRefusal;

/** Makes a signed report a draft again, with a reason; the signature stays in timeline and audit log. */
export function reopenReport(
  services: Services,
  request: ReportRequest & { reason: string },
): Promise<ReopenReportOutcome> {
  const { incidentId, actor, now } = request;
  const reason = cleanedText(request.reason, REASON_LENGTH);
  if (!reason) return Promise.resolve({ outcome: 'reason_missing' });
  return changeReport<Exclude<ReopenReportOutcome, ReportRefusal>>(
    services,
    { ...request, signedToo: true },
    async (client, report) => {
      if (report.state !== 'signed') return { outcome: 'not_signed' };
      await client.query(
        `UPDATE incident_reports SET state = 'draft', signed_at = NULL, signed_by = NULL, signed = NULL
         WHERE incident_id = $1 AND state = 'signed'`,
        [incidentId],
      );
      await recordTimeline(client, {
        incidentId,
        at: now,
        source: 'person',
        kind: 'report_reopened',
        text: `The incident report is a draft again: ${reason}`,
        actor: actor.name,
      });
      await recordAudit(client, {
        actor,
        action: 'report.reopened',
        target: `report of incident ${incidentId}`,
        before: { state: 'signed', signedBy: report.signedBy, signedAt: report.signedAt },
        after: { state: 'draft' },
        reason,
        at: now,
      });
      return { outcome: 'report_reopened' };
    },
  );
}
