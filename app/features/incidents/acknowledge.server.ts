import type { Services } from '../../lib/services.server.ts';
import {
  changeIncident,
  recordDeed,
  refuseUnlessOpen,
  type IncidentRequest,
  type Refusal,
} from './change-incident.server.ts';
import { spanWords } from './span-words.ts';

export type AcknowledgeOutcome =
  { outcome: 'acknowledged' } | { outcome: 'already_acknowledged'; by: string | null } | Refusal;

/** Somebody is on it: the ladder stops for responders, and whoever was told hears who. */
export function acknowledge(services: Services, request: IncidentRequest): Promise<AcknowledgeOutcome> {
  const { actor, now } = request;
  return changeIncident<Exclude<AcknowledgeOutcome, Refusal>>(services, request, async (client, incident) => {
    if (incident.status === 'acknowledged')
      return { outcome: 'already_acknowledged', by: incident.acknowledgedBy };
    const refusal = refuseUnlessOpen(incident);
    if (refusal) return refusal;
    const after = spanWords(now.getTime() - incident.startedAt.getTime());
    await recordDeed(services, client, incident, request, {
      verb: 'acknowledged',
      text: `${actor.name} acknowledged it, ${after} after it began.`,
      fields: {
        status: 'acknowledged',
        acknowledgedAt: now,
        acknowledgedBy: actor.name,
        assignee: incident.assignee ?? actor.name,
        nextStepAt: now,
      },
      value: { afterMs: now.getTime() - incident.startedAt.getTime() },
      tell: { kind: 'acknowledged', sentence: `${actor.name} is on it, ${after} after it began.` },
    });
    return { outcome: 'acknowledged' };
  });
}
