import { createHmac } from 'node:crypto';

/**
 * `X-Chatwoot-Signature` of a webhook: HMAC-SHA256 over `timestamp.body`, keyed with the secret's text as shown.
 * @param timestamp unix seconds, the text of `X-Chatwoot-Timestamp`
 */
export function chatwootSignature(secret: string, timestamp: string, body: string | Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}
