import type { Services } from '../../lib/services.server.ts';
import { isWorse, SEVERITY_MEANING, type Severity } from '../notify/severity.ts';
import {
  changeIncident,
  cleaned,
  recordDeed,
  refuseUnlessOpen,
  type IncidentRequest,
  type Refusal,
} from './change-incident.server.ts';

export type SeverityOutcome = { outcome: 'severity_changed'; severity: Severity } | Refusal;

/** Raises or lowers the severity with a reason; the ladder is looked at again, and a raise is told. */
export function changeSeverity(
  services: Services,
  request: IncidentRequest & { severity: Severity; reason: string },
): Promise<SeverityOutcome> {
  const { severity, actor, now } = request;
  const reason = cleaned(request.reason);
  if (!reason) return Promise.resolve({ outcome: 'text_missing' });
  return changeIncident<Exclude<SeverityOutcome, Refusal>>(services, request, async (client, incident) => {
    const refusal = refuseUnlessOpen(incident);
    if (refusal) return refusal;
    if (incident.severity === severity) return { outcome: 'severity_changed', severity };
    const raised = isWorse(severity, incident.severity);
    await recordDeed(services, client, incident, request, {
      verb: raised ? 'raised' : 'lowered',
      text: `${raised ? 'Raised' : 'Lowered'} from ${incident.severity} to ${severity}: ${reason}`,
      fields: { severity, nextStepAt: now },
      reason,
      value: { from: incident.severity, to: severity },
      ...(raised && {
        tell: {
          kind: 'raised' as const,
          sentence: `${actor.name} raised it from ${incident.severity} to ${severity} (${SEVERITY_MEANING[severity]}): ${reason}`,
        },
      }),
    });
    return { outcome: 'severity_changed', severity };
  });
}
