import type { Figures } from './figures.ts';
import { LINKS } from './links.ts';
import type { NextStep } from './overview.ts';

/** On the page Health: writes a test message in Chatwoot and waits for its webhook. */
export const PROVE = { to: LINKS.proof, label: 'Open the test message' } as const;

/**
 * Webhooks do not arrive because of their registration: it was deleted or changed, lacks events or has another secret. The
 * button is for an admin; who is none reads whom to ask.
 */
export function registerAgainStep({ outage: { arrival } }: Figures): NextStep | null {
  if (!arrival) return null;
  const { confirmedAt, narrowed, cause, registration, badConfirmed } = arrival;
  const isSilent = confirmedAt !== null && !narrowed;
  const isMended = cause?.kind === 'registration' && registration?.ok === true;
  if (isSilent && isMended && !badConfirmed)
    return {
      sentence:
        "Chatwoot's webhook is as it should be again: send a test message, which shows whether messages arrive now.",
      link: PROVE,
    };
  if (!badConfirmed && !(isSilent && cause?.registerAgain)) return null;
  return {
    sentence:
      'Chatwoot\'s webhook to this app has to be registered again: an admin does it here, whoever runs this app with "npm run ops:connect-chatwoot".',
    form: { action: '/api/arrival/register', label: 'Register again', fields: {}, needs: 'settings.manage' },
  };
}
