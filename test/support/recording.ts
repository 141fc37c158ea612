import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { WebhookPayload } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';

/** The body of a webhook as a running Chatwoot sent it. @param name of the file in test/recordings/webhooks, without its end */
export function recordedWebhook(name: string): WebhookPayload {
  const file = path.join(import.meta.dirname, '..', 'recordings', 'webhooks', `${name}.http`);
  const text = readFileSync(file, 'utf8');
  return JSON.parse(text.slice(text.search(/\r?\n\r?\n/)).trim()) as WebhookPayload;
}
