import type { Services } from '../../lib/services.server.ts';
import {
  changeIncident,
  cleaned,
  refuseUnlessOpen,
  type IncidentRequest,
  type Refusal,
} from './change-incident.server.ts';
import { findStep } from './guide.ts';
import { recordStep } from './record-step.server.ts';

export type MarkStepOutcome =
  { outcome: 'marked'; state: 'open' | 'done' | 'skipped' } | { outcome: 'no_such_step' } | Refusal;

/** A person ticks a step, skips it, or takes that back. */
export function markGuideStep(
  services: Services,
  request: IncidentRequest & { step: string; state: 'open' | 'done' | 'skipped'; note?: string | null },
): Promise<MarkStepOutcome> {
  const { actor, now, state } = request;
  return changeIncident<Exclude<MarkStepOutcome, Refusal>>(services, request, async (client, incident) => {
    const refusal = refuseUnlessOpen(incident);
    if (refusal) return refusal;
    const step = findStep(incident.cause, request.step, services.config.CHATWOOT_HOSTING);
    if (!step) return { outcome: 'no_such_step' };
    const evidence = cleaned(request.note) || null;
    const { key, title } = step;
    await recordStep(client, { incidentId: incident.id, step: key, title, state, evidence, actor, now });
    return { outcome: 'marked', state };
  });
}
