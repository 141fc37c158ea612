import { failureWords, type ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import type { Config, Connection } from '../../../lib/settings/config.ts';
import { refusalWords } from '../../health/investigations/refusal-words.ts';
import { filtersPrivate } from '../cause/decide-cause.ts';
import { type WebhookRegistration, withoutQuery } from './register-webhook.server.ts';
import type { changeDashboardApp, Connected } from './connect.server.ts';
import type { Proof } from './registration-words.ts';

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
  result: Exclude<WebhookRegistration, { outcome: 'registered' }>,
  connection: Connection,
): string {
  if (result.outcome === 'not_verified')
    return `Chatwoot took the webhook, but ${result.detail}: look at Settings, Integrations, Webhooks in Chatwoot and run this again.`;
  const { does, cure } = refusalWords(result, connection);
  return `Chatwoot ${does}. ${cure}.`;
}

/** What connecting did, a sentence each; the first is for whoever reads one only. */
export function connectedWords({ registration, inboxes, elsewhere, version }: Connected): string[] {
  const { webhook, how } = registration;
  const events = `gets ${webhook.subscriptions.length} kinds of events. Checked.`;
  const proved = webhook.secret
    ? 'Its secret is in the database, sealed; every process of this app uses it from now on.'
    : `Chatwoot ${version ?? 'of this version'} does not sign webhooks: a token of our own is in the address and kept like a secret.`;
  return [
    `Webhook ${webhook.id} ${how}: ${withoutQuery(webhook.url)} ${events}`,
    proved,
    ...(inboxes.length > 0
      ? [`Taken over as well: the webhooks of ${inboxes.map((name) => `inbox "${name}"`).join(', ')}.`]
      : []),
    ...elsewhereWords(elsewhere),
  ];
}

function elsewhereWords({ webhooks, inboxes }: Connected['elsewhere']): string[] {
  const all = [
    ...webhooks.map(({ id, url }) => `webhook ${id} to ${withoutQuery(url)}`),
    ...inboxes.map(({ name, url }) => `inbox "${name}" to ${withoutQuery(url)}`),
  ];
  if (all.length === 0) return [];
  return [
    `These lead to this app at another address: ${all.join(', ')}. If that is an earlier one, remove them: npm run ops:connect-chatwoot -- --remove-elsewhere.`,
  ];
}

/** Said only where the version makes it true: Chatwoot refuses private addresses since 4.14. */
export function addressWords(appUrl: string, version: string | null, privateHost: string | null): string[] {
  if (privateHost !== null && filtersPrivate(version))
    return [
      `Note: ${privateHost} is not a public address. Chatwoot ${version} posts to it only with SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true.`,
    ];
  const crosses = new URL(appUrl).protocol === 'http:' && privateHost === null;
  return crosses ? ['Note: APP_URL is http: messages cross the network unencrypted.'] : [];
}

/** How the proof ended, in a sentence. */
export function proofWords(proof: Proof): string {
  switch (proof.outcome) {
    case 'arrived':
      return `Proved: a test message arrived after ${(proof.afterMs / 1000).toFixed(1)} s, ${proof.signed ? 'signed' : 'with the token'}.`;
    case 'missing':
      return `Not proved: Chatwoot took a test message, and no webhook told of it within ${proof.waitedMs / 1000} s.`;
    case 'not_written':
      return `Not proved: ${proof.doing} did not succeed. ${failureWords(proof.what)}.`;
  }
}

export const inboxesUnreadable = (what: ChatwootFailure): string =>
  `The webhook is registered, but Chatwoot's inboxes cannot be read, so that their own webhooks are not known. ${failureWords(what)}.`;

/** What became of our page beside Chatwoot's conversations; it is offered, never made by itself. */
export function dashboardAppWords(app: Awaited<ReturnType<typeof changeDashboardApp>>): string {
  switch (app.outcome) {
    case 'added':
      return 'A page "Outage Center" stands beside the conversations in Chatwoot now. --remove-dashboard-app takes it away.';
    case 'there':
      return 'The page "Outage Center" stands beside the conversations in Chatwoot.';
    case 'absent':
      return 'Agents can see beside each conversation whether support works: run this again with --dashboard-app.';
    case 'removed':
      return 'The page beside the conversations in Chatwoot is removed.';
    case 'failed':
      return `The page beside the conversations was not changed. ${failureWords(app.what)}.`;
  }
}
