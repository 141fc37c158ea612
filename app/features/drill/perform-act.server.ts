import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { NO_CHECKLIST, toggleFallback } from '../fallback/toggle-fallback.server.ts';
import { acknowledge } from '../incidents/acknowledge.server.ts';
import { currentIncidents } from '../incidents/list-incidents.view.server.ts';

/**
 * Does in the world of a drill what a person asked for, with the ordinary verbs.
 * @returns what came of it, in words
 */
export async function performAct(
  world: Services,
  act: 'acknowledge' | 'fallback_on' | 'fallback_off',
  { actor, now }: { actor: Actor; now: Date },
): Promise<string> {
  switch (act) {
    case 'acknowledge':
      return acknowledgeAll(world, actor, now);
    case 'fallback_on':
    case 'fallback_off': {
      const to = act === 'fallback_on' ? 'on' : 'off';
      const switched = await toggleFallback(world, {
        to,
        reason: 'Practised in a drill',
        // The checklist asks for tests with a real Chatwoot, which a drill does not have.
        restoreGate: NO_CHECKLIST,
        actor,
        now,
      });
      if (switched.outcome !== 'switched') return `Not done: fallback mode was ${to} already.`;
      return to === 'on'
        ? 'Fallback mode is on: deliveries wait, the notice is out.'
        : `Fallback mode is off: ${switched.held} waiting ${switched.held === 1 ? 'webhook goes' : 'webhooks go'} out.`;
    }
  }
}

async function acknowledgeAll(world: Services, actor: Actor, now: Date): Promise<string> {
  const open = (await currentIncidents(world)).filter(({ status }) => status === 'open');
  for (const { id } of open) await acknowledge(world, { incidentId: id, actor, now });
  if (open.length === 0) return 'Nothing to acknowledge: no incident is open yet, or somebody is on it.';
  return open.length === 1 ? 'Acknowledged.' : `${open.length} incidents acknowledged.`;
}
