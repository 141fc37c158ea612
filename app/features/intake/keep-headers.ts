import { storableText } from '../../lib/storable.ts';

export type WebhookHeaders = Readonly<Record<string, string | undefined>>;

/** A list of what is kept, not of what is dropped: a secret in a header nobody thought of is not stored. */
const KEPT = ['content-type', 'user-agent', 'x-chatwoot-delivery', 'x-chatwoot-timestamp'] as const;

/** The headers worth storing, as JSON text; the signature, credentials and cookies are not among them. */
export function keepHeaders(headers: WebhookHeaders): string {
  const kept: Record<string, string> = {};
  for (const name of KEPT) {
    const value = headers[name];
    if (value !== undefined) kept[name] = storableText(value, 500);
  }
  return JSON.stringify(kept);
}
