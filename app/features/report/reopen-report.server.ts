import type { Services } from '../../lib/services.server.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import { changeReport, type ReportRefusal, type ReportRequest } from './change-report.server.ts';
import { cleanedText } from './report-content.ts';

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
