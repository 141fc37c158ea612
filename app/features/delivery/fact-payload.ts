import { ENCRYPTED, isOwnWords, isPlainField, isSecretField, SECRET } from './payload-secrets.ts';
import { storableText } from '../../lib/storable.ts';

/** A text of Chatwoot's own is short; one that is not may be somebody's. */
const LONGEST_PLAIN = 64;

/**
 * The received JSON as text that PostgreSQL's jsonb takes. jsonb has no U+0000, no lone surrogates and no infinite
 * numbers, which JSON can carry: they are replaced here; the received bytes stay as they are in `webhook_events`.
 * Credentials are left out, for facts are read by many and kept for ever (docs/decisions/0005-message-texts.md).
 * @param confidential messages are encrypted: what people wrote or are known by is left out too
 */
export function factPayload(body: Uint8Array, confidential = false): string {
  const text = new TextDecoder().decode(body);
  return JSON.stringify(JSON.parse(text), (name, value: unknown) => {
    if (value !== null && isSecretField(name)) return SECRET;
    if (value !== null && confidential && isOwnWords(name)) return ENCRYPTED;
    if (typeof value === 'string') {
      if (confidential && !(isPlainField(name) && value.length <= LONGEST_PLAIN)) return ENCRYPTED;
      return storableText(value);
    }
    if (value && typeof value === 'object' && !Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), inner]));
    }
    return value;
  });
}
