import type { Services } from '../../lib/services.server.ts';
import {
  changeIncident,
  cleaned,
  recordDeed,
  refuseUnlessOpen,
  type IncidentRequest,
  type Refusal,
} from './change-incident.server.ts';

export type AssignOutcome = { outcome: 'assigned'; assignee: string | null } | Refusal;

/** @param request.assignee who takes it, by name; empty: nobody in particular */
export function assign(
  services: Services,
  request: IncidentRequest & { assignee: string },
): Promise<AssignOutcome> {
  const assignee = cleaned(request.assignee, 100) || null;
  return changeIncident<Exclude<AssignOutcome, Refusal>>(services, request, async (client, incident) => {
    const refusal = refuseUnlessOpen(incident);
    if (refusal) return refusal;
    if (incident.assignee === assignee) return { outcome: 'assigned', assignee };
    await recordDeed(services, client, incident, request, {
      verb: 'assigned',
      text: assignee ? `Assigned to ${assignee}.` : 'Assigned to nobody.',
      fields: { assignee },
      value: { assignee },
    });
    return { outcome: 'assigned', assignee };
  });
}
