import type { Services } from '../../lib/services.server.ts';
import {
  changeIncident,
  cleaned,
  recordDeed,
  type IncidentRequest,
  type Refusal,
} from './change-incident.server.ts';
import { lockOpenIncidentOf } from './incident-row.server.ts';
import { firingRules } from './resolve.server.ts';

export type ReopenOutcome =
  | { outcome: 'reopened' }
  /** Another incident of the same cause is open by now: go on there. */
  | { outcome: 'other_open'; incidentId: number }
  | Refusal;

/** Opens a resolved incident again, with a reason. Whoever had acknowledged it still has; steps of the ladder go on. */
export function reopen(
  services: Services,
  request: IncidentRequest & { reason: string },
): Promise<ReopenOutcome> {
  const { actor, now } = request;
  const reason = cleaned(request.reason);
  if (!reason) return Promise.resolve({ outcome: 'text_missing' });
  return changeIncident<Exclude<ReopenOutcome, Refusal>>(
    services,
    { ...request, mayOpen: true },
    async (client, incident) => {
      if (incident.status !== 'resolved') return { outcome: 'wrong_state', status: incident.status };
      const other = await lockOpenIncidentOf(client, incident.cause);
      if (other) return { outcome: 'other_open', incidentId: other.id };
      const firing = await firingRules(client, incident.id);
      await recordDeed(services, client, incident, request, {
        verb: 'reopened',
        text: `Reopened: ${reason}`,
        fields: {
          status: incident.acknowledgedAt ? 'acknowledged' : 'open',
          recoveredAt: firing.length > 0 ? null : incident.recoveredAt,
          resolvedAt: null,
          resolvedBy: null,
          resolution: null,
          overrideReason: null,
          nextStepAt: now,
        },
        reason,
        value: {},
        tell: { kind: 'reopened', sentence: `${actor.name} reopened it: ${reason}` },
      });
      return { outcome: 'reopened' };
    },
  );
}
