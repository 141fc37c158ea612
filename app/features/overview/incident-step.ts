import type { ArrivalFigures } from '../alerts/rule-reading.ts';
import type { CurrentIncident, OverviewFigures } from './figures.ts';
import { answersAgain, healthyAgain, topIncident } from './incident-rules.ts';
import type { NextStep } from './overview-view.ts';
import { LINKS } from './overview-words.ts';

/** Before all else somebody says that they are on it; then the runbook, step by step. */
export function incidentStep(figures: OverviewFigures): NextStep | null {
  const incident = topIncident(figures);
  if (!incident || incident.recoveredAt !== null || answersAgain(incident, figures)) return null;
  if (healthyAgain(figures)) return null;
  if (incident.status === 'open')
    return {
      sentence: `Take incident ${incident.id}, so that everybody knows that somebody is on it.`,
      form: {
        action: `/api/incidents/${incident.id}/acknowledge`,
        label: 'Take it',
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
 * It works again: what waits for a replay goes first, then what the guide says of the recovery; when all its alerts have cleared, what
 * is left is to say what it was.
 */
export function afterIncidentStep(figures: OverviewFigures): NextStep | null {
  const incident = topIncident(figures);
  if (!incident) return null;
  if (incident.recoveredAt === null) return whileItSettles(incident);
  return {
    sentence: `Verify the recovery, then resolve incident ${incident.id}, saying what it was.`,
    link: { to: `/incidents/${incident.id}/recovery`, label: 'Verify the recovery' },
  };
}

/** The steps that look for a cause are overtaken; those of the recovery are not. */
function whileItSettles(incident: CurrentIncident): NextStep | null {
  if (incident.nextGuideStep?.phase === 'Recovery') return guideStep(incident);
  return {
    sentence: 'It works again, and a few more good checks will make sure: answer who waits meanwhile.',
    link: { to: LINKS.waiting, label: 'Open Customers waiting' },
  };
}

/** On the page Health: writes a test message in Chatwoot and waits for its webhook. */
export const PROVE = { to: LINKS.proof, label: 'Open the test message' } as const;

/** Registering our webhook again is the cure of what is known to be wrong. */
export function wantsRegistration({
  confirmedAt,
  narrowed,
  cause,
  registration,
  badConfirmed,
}: ArrivalFigures): boolean {
  const isMended = cause?.kind === 'registration' && registration?.ok === true;
  const isHidden = registration?.fault === 'hidden';
  return (
    (badConfirmed && !isHidden) ||
    (confirmedAt !== null && !narrowed && !isMended && cause?.registerAgain === true)
  );
}

/**
 * Webhooks do not arrive because of their registration: it was deleted or changed, lacks events or has another secret. The
 * button is for an admin; who is none reads whom to ask.
 */
export function registerAgainStep({ outage: { arrival } }: OverviewFigures): NextStep | null {
  if (!arrival) return null;
  const { confirmedAt, narrowed, cause, registration } = arrival;
  const isSilent = confirmedAt !== null && !narrowed;
  const isMended = cause?.kind === 'registration' && registration?.ok === true;
  if (isSilent && isMended && !arrival.badConfirmed)
    return {
      sentence:
        "Chatwoot's webhook is as it should be again: send a test message, which shows whether messages arrive now.",
      link: PROVE,
    };
  if (!wantsRegistration(arrival)) return null;
  return {
    sentence:
      'Chatwoot\'s webhook to this app has to be registered again: an admin does it here, whoever runs this app with "npm run ops:connect-chatwoot".',
    form: { action: '/api/arrival/register', label: 'Register again', fields: {}, needs: 'settings.manage' },
  };
}
