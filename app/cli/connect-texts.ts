import type { Config, Connection } from '../lib/config.ts';
import type { Registration } from './register-webhook.server.ts';

/** What is missing before Chatwoot can be connected, in one sentence; null when nothing is. */
export function connectionProblem(config: Config): string | null {
  const missing = [
    ...(config.connection
      ? []
      : ['AGENT_SDK_URL, CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID and CHATWOOT_API_TOKEN']),
    ...(config.APP_URL ? [] : ['APP_URL, the address under which Chatwoot reaches this app']),
  ];
  return missing.length === 0 ? null : `Not connected: set ${missing.join(', and ')} (see .env.example).`;
}

/** Why the webhook could not be registered and what to do, in one line without the token. */
export function registrationProblem(
  result: Exclude<Registration, { outcome: 'registered' }>,
  connection: Connection,
): string {
  const { chatwootUrl, accountId } = connection;
  switch (result.outcome) {
    case 'unauthorized':
      return `Chatwoot refuses CHATWOOT_API_TOKEN (401): use the access token of an administrator of account ${accountId}, from that user's profile settings. A proxy that drops headers with underscores (nginx: underscores_in_headers on) has the same effect.`;
    case 'forbidden':
      return `Chatwoot forbids it (403): on Chatwoot Cloud, webhooks over the API need a plan with "API and webhooks".`;
    case 'not_found':
      return `Chatwoot at ${chatwootUrl} has no account ${accountId} for this user (404): check CHATWOOT_ACCOUNT_ID and CHATWOOT_BASE_URL.`;
    case 'invalid':
      return `Chatwoot does not take the webhook (422): ${result.detail}. Check APP_URL.`;
    case 'throttled':
      return 'Chatwoot asks to slow down (429): wait a minute and run this again.';
    case 'redirected':
      return `Chatwoot redirects to ${result.to}: put that into CHATWOOT_BASE_URL.`;
    case 'unreachable':
      return `Chatwoot at ${chatwootUrl} cannot be used: ${result.detail}.`;
    case 'not_verified':
      return `Chatwoot took the webhook, but ${result.detail}: look at Settings, Integrations, Webhooks in Chatwoot and run this again.`;
  }
}

/** What the audit log keeps of a connection: neither the secret nor the token in the webhook's address. */
export function connectionRecord(
  { webhook, before, how }: Extract<Registration, { outcome: 'registered' }>,
  { chatwootUrl, accountId }: Connection,
) {
  const shown = ({ url, subscriptions }: { url: string; subscriptions: string[] }) => ({
    address: url.replace(/[?#].*$/, ''),
    events: subscriptions,
  });
  return {
    action: 'chatwoot.connect',
    target: `webhook ${webhook.id} of account ${accountId} at ${new URL(chatwootUrl).host}`,
    before: before ? shown(before) : null,
    after: { ...shown(webhook), webhook: how, signed: webhook.secret !== null },
  };
}

/** Warns when Chatwoot would refuse to post to the app's address; null when it looks public. */
export function publicAddressHint(appUrl: string): string | null {
  const { hostname, protocol } = new URL(appUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isPrivate =
    !host.includes('.') ||
    /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|0\.)/.test(host) ||
    /\.(local|internal|localhost|lan)$/.test(host);
  if (isPrivate)
    return `Note: ${host} is not a public address. Chatwoot 4.14 and later posts to it only with SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true.`;
  return protocol === 'http:' ? 'Note: APP_URL is http: messages cross the network unencrypted.' : null;
}
