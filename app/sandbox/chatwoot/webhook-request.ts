import { randomUUID } from 'node:crypto';
import { chatwootSignature } from './signature.ts';
import type { Version } from './version.ts';

export interface Webhook {
  id: number;
  name: string | null;
  url: string;
  subscriptions: string[];
  /** 24 alphanumerics made by Chatwoot; the API cannot set it. */
  secret: string;
  /** Account webhooks are signed since 4.12, the two others since 4.13. */
  of?: 'account' | 'inbox' | 'bot';
}

export interface WebhookHead {
  /** Null before deliveries had ids. */
  deliveryId: string | null;
  headers: Record<string, string>;
}

/** @param seconds the sender's clock, unix seconds */
export function webhookHead(hook: Webhook, body: string, version: Version, seconds: number): WebhookHead {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': version.atLeast('4.14.0') ? 'Ruby' : 'rest-client/2.1.0 (linux x86_64) ruby/3.3.3p89',
  };
  const signedSince = (hook.of ?? 'account') === 'account' ? '4.12.0' : '4.13.0';
  if (!version.atLeast(signedSince)) return { deliveryId: null, headers };
  const deliveryId = randomUUID();
  const timestamp = String(seconds);
  return {
    deliveryId,
    headers: {
      ...headers,
      'x-chatwoot-delivery': deliveryId,
      'x-chatwoot-timestamp': timestamp,
      'x-chatwoot-signature': chatwootSignature(hook.secret, timestamp, body),
    },
  };
}
