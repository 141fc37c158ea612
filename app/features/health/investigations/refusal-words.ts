import type { ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import type { Connection } from '../../../lib/settings/config.ts';

/** Why Chatwoot's webhooks could not be listed or written. `hidden`: it says that the address is taken and does not list it. */
export type Refusal = ChatwootFailure | { outcome: 'hidden' };

/**
 * What Chatwoot does in place of an answer about its webhooks, to follow "Chatwoot", and what to do about it; never the token.
 * The one home of these sentences: connecting, diagnose, the health check and the page say the same.
 */
export function refusalWords(
  refusal: Refusal,
  { chatwootUrl, accountId }: Connection,
): { does: string; cure: string } {
  switch (refusal.outcome) {
    case 'unauthorized':
      return refusal.suspended
        ? {
            does: `has suspended account ${accountId} (401)`,
            cure: 'Have it made active again (super admin, or billing)',
          }
        : {
            does: 'refuses CHATWOOT_API_TOKEN (401)',
            cure: `Use the access token of an administrator of account ${accountId}, from that user's profile settings. A proxy that drops headers with underscores (nginx: underscores_in_headers on) has the same effect`,
          };
    case 'forbidden':
      return {
        does: 'forbids it (403)',
        cure: 'On Chatwoot Cloud, webhooks and their API need a plan with "API and webhooks"',
      };
    case 'not_found':
      return {
        does: `at ${chatwootUrl} has no account ${accountId} for this user (404)`,
        cure: 'Check CHATWOOT_ACCOUNT_ID and CHATWOOT_BASE_URL',
      };
    case 'invalid':
      return { does: `does not take the webhook (422: ${refusal.detail})`, cure: 'Check APP_URL' };
    case 'throttled':
      return {
        does: 'asks to slow down (429): it is throttled, not down',
        cure: 'Wait a minute and try again, or put this machine into its RACK_ATTACK_ALLOWED_IPS',
      };
    case 'redirected':
      return { does: `redirects to ${refusal.to}`, cure: 'Put that into CHATWOOT_BASE_URL' };
    case 'unreachable':
      return /answered 500/.test(refusal.detail)
        ? {
            does: `at ${chatwootUrl} cannot list its webhooks (500)`,
            cure: 'Mostly its encryption keys (ACTIVE_RECORD_ENCRYPTION_…) changed since they were stored, or its database or Redis is away. Its log says which',
          }
        : {
            does: `at ${chatwootUrl} cannot be used: ${refusal.detail}`,
            cure: 'Check CHATWOOT_BASE_URL, and try again when it answers',
          };
    case 'hidden':
      return {
        does: "says that the webhook's address is taken and does not list it",
        cure: 'Mostly its encryption keys (ACTIVE_RECORD_ENCRYPTION_…) changed since, so that it cannot read what it stored. Put the earlier keys back, or have the webhook deleted in its database',
      };
  }
}
