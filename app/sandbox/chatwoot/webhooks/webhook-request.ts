import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { alphanumerics } from '../../random.ts';
import type { Version } from '../version.ts';

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

/**
 * `X-Chatwoot-Signature` of a webhook: HMAC-SHA256 over `timestamp.body`, keyed with the secret's text as shown.
 * @param timestamp unix seconds, the text of `X-Chatwoot-Timestamp`
 */
export function chatwootSignature(secret: string, timestamp: string, body: string | Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}

/** A secret as Chatwoot's has_secure_token makes it. */
export const newSecret = (): string => alphanumerics(() => randomInt(2 ** 32) / 2 ** 32, 24);

/** The characters that Rails escapes inside JSON, though JSON does not ask for it. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/**
 * JSON text as Rails' `to_json` writes it: `<`, `>`, `&`, U+2028 and U+2029 as `\uXXXX`. So parsing and
 * re-serialising a webhook does not give back the bytes that were signed.
 */
export function railsJson(value: unknown): string {
  return JSON.stringify(value).replace(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
