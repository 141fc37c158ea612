import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { authenticateWebhook, type AuthenticationFailure } from './authenticate-webhook.ts';
import { openWebhookCredentials, type WebhookCredentials } from './credentials/webhook-credentials.server.ts';
import type { Webhook } from './intake.ts';

export interface WebhookGate {
  /** @returns null when the webhook is taken, else why it is not */
  failureOf(webhook: Webhook): Promise<AuthenticationFailure | null>;
  /** The same before the body is read; null when that depends on the body. */
  failureByHead(head: Omit<Webhook, 'body'>): Promise<AuthenticationFailure | null>;
  credentials(): ReturnType<WebhookCredentials['state']>;
}

/**
 * Who is let in. Nothing is refused before what this process knows was read again: connected anew a moment ago, or
 * Chatwoot's clock measured by another process.
 * @param ask runs one statement on the intake's own connection, with a deadline
 */
export function openWebhookGate(
  services: Pick<Services, 'config' | 'log' | 'chatwootClock'>,
  ask: <T>(statement: (client: pg.Client) => Promise<T>) => Promise<T>,
): WebhookGate {
  const { config, chatwootClock } = services;
  const credentials = openWebhookCredentials(services, ask);

  /** How old a signature is, is said by Chatwoot's clock, which may be another than ours. */
  function judge(
    { headers, token, receivedAt }: Omit<Webhook, 'body'>,
    body: Buffer | null,
  ): AuthenticationFailure | null {
    const request = {
      signature: headers['x-chatwoot-signature'],
      timestamp: headers['x-chatwoot-timestamp'],
      token,
      body,
    };
    const failureAt = (now: Date) =>
      authenticateWebhook(request, {
        ...credentials.current(),
        allowUnsigned: config.CHATWOOT_WEBHOOK_ALLOW_UNSIGNED,
        toleranceSeconds: config.CHATWOOT_WEBHOOK_TOLERANCE_SECONDS,
        now,
      });
    // By ours too: when Chatwoot's clock is set right, the difference is known only with its next answer.
    const failure = failureAt(receivedAt);
    return failure === 'stale_signature' ? failureAt(chatwootClock.there(receivedAt)) : failure;
  }

  async function judgeTwice(head: Omit<Webhook, 'body'>, body: Buffer | null) {
    const failure = judge(head, body);
    if (!failure) return null;
    const again = failure === 'stale_signature' ? chatwootClock.refresh() : credentials.lookAgain();
    await Promise.race([again, delay(config.DATABASE_TIMEOUT_MS, undefined, { ref: false })]);
    return judge(head, body);
  }

  return {
    credentials: () => credentials.state(),
    failureByHead: (head) => judgeTwice(head, null),
    failureOf: (webhook) => judgeTwice(webhook, webhook.body),
  };
}
