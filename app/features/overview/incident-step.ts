import type { CurrentIncident, Figures } from './figures.ts';
import { answersAgain, topIncident } from './incident-rules.ts';
import type { NextStep } from './overview.ts';
import { registerAgainStep } from './register-again-step.ts';

/** Before all else somebody says that they are on it; then the runbook, step by step. */
export function incidentStep(figures: Figures): NextStep | null {
  const incident = topIncident(figures);
  if (!incident || incident.recoveredAt !== null || answersAgain(incident, figures)) return null;
  if (incident.status === 'open')
    return {
      sentence: `Acknowledge incident ${incident.id}, so that everybody knows that somebody is on it.`,
      form: {
        action: `/api/incidents/${incident.id}/acknowledge`,
        label: 'Acknowledge',
        fields: {},
        needs: 'incidents.respond',
      },
      link: { to: `/incidents/${incident.id}`, label: 'Open the incident' },
    };
  return (incident.cause === 'arrival' ? registerAgainStep(figures) : null) ?? guideStep(incident);
}

function guideStep({ id, nextGuideStep: step }: CurrentIncident): NextStep | null {
  if (!step) return null;
  const fields = { step: step.key };
  const guide = { to: `/incidents/${id}#guide`, label: 'Open the guide' };
  if (step.how === 'app')
    return {
      sentence: `${step.phase}: ${step.title}.`,
      form: {
        action: `/api/incidents/${id}/run-step`,
        label: 'Check now',
        fields,
        needs: 'incidents.respond',
      },
      link: guide,
    };
  return {
    sentence: `${step.phase}: ${step.title}.`,
    form: { action: `/api/incidents/${id}/tick-step`, label: 'Done', fields, needs: 'incidents.respond' },
    link: step.link ?? guide,
  };
}

/**
 * It works again: what waits for a replay goes first, then the rest of the guide; when all its alerts have cleared, what
 * is left is to say what it was.
 */
export function afterIncidentStep(figures: Figures): NextStep | null {
  const incident = topIncident(figures);
  if (!incident) return null;
  if (incident.recoveredAt === null) return guideStep(incident);
  return {
    sentence: `Verify the recovery, then resolve incident ${incident.id}, saying what it was.`,
    link: { to: `/incidents/${incident.id}/recovery`, label: 'Verify the recovery' },
  };
}
