import type { Services } from '../../lib/services.server.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { changeReport, type ReportRefusal, type ReportRequest } from './change-report.server.ts';

export type SettleOutcome = { outcome: 'settled' } | { outcome: 'no_such_aside' } | ReportRefusal;

/** A text that was kept beside has been brought in, or is not needed: it is shown no more, and stays on record. */
export function settleAside(
  services: Services,
  request: ReportRequest & { aside: number },
): Promise<SettleOutcome> {
  const { incidentId, aside, actor, now } = request;
  return changeReport<Exclude<SettleOutcome, ReportRefusal>>(
    services,
    { ...request, signedToo: true },
    async (client) => {
      const { rowCount } = await client.query(
        `UPDATE incident_report_asides SET settled_at = $3, settled_by = $4
         WHERE id = $1 AND incident_id = $2 AND settled_at IS NULL`,
        [aside, incidentId, now, actor.name],
      );
      if (rowCount !== 1) return { outcome: 'no_such_aside' };
      await recordAudit(client, {
        actor,
        action: 'report.aside_settled',
        target: `report of incident ${incidentId}`,
        after: { aside },
        at: now,
      });
      return { outcome: 'settled' };
    },
  );
}
