import { createHmac, randomInt } from 'node:crypto';
import { alphanumerics } from '../random.ts';

/**
 * `X-Chatwoot-Signature` of a webhook: HMAC-SHA256 over `timestamp.body`, keyed with the secret's text as shown.
 * @param timestamp unix seconds, the text of `X-Chatwoot-Timestamp`
 */
export function chatwootSignature(secret: string, timestamp: string, body: string | Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}

/** A secret as Chatwoot's has_secure_token makes it. */
export const newSecret = (): string => alphanumerics(() => randomInt(2 ** 32) / 2 ** 32, 24);
