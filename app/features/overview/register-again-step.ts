import type { ArrivalFigures } from '../alerts/reading.ts';
import type { Figures } from './figures.ts';
import { LINKS } from './links.ts';
import type { NextStep } from './overview.ts';

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
export function registerAgainStep({ outage: { arrival } }: Figures): NextStep | null {
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
