import { cut } from '../../lib/visible.ts';
import { ENCRYPTED, isOwnWords, isPlainField, isSecretField, SECRET } from './payload-secrets.ts';
import { parseExact } from '../../lib/json.ts';
import { storableText } from '../../lib/storable.ts';

/**
 * What a fact keeps of one text, in characters; when the whole is over LARGEST, of each text still. Facts are read by lists:
 * forty dead letters of e-mails of 0.9 MB each made theirs twice as slow. The received bytes stay whole in `webhook_events`.
 */
const LONGEST_TEXT = 2000;
const LONGEST_OF_MANY = 100;
const LARGEST = 65_536;

/** A text of Chatwoot's own is short; one that is not may be somebody's. */
const LONGEST_PLAIN = 64;

/**
 * The received JSON as text that PostgreSQL's jsonb takes. jsonb has no U+0000, no lone surrogates and no infinite
 * numbers, which JSON can carry: they are replaced here; the received bytes stay as they are in `webhook_events`.
 * Credentials are left out, for facts are read by many and kept for ever (docs/decisions/0005-message-texts.md).
 * Long texts are cut, so that a fact is small whatever the message.
 * @param confidential messages are encrypted: what people wrote or are known by is left out too
 */
export function factPayload(body: Uint8Array, confidential = false): string {
  const payload = parseExact(new TextDecoder().decode(body)) as Record<string, unknown>;
  const whole = writePayload(payload, confidential, LONGEST_TEXT);
  if (whole.length <= LARGEST) return whole;
  const short = writePayload(payload, confidential, LONGEST_OF_MANY);
  if (short.length <= LARGEST) return short;
  // Thousands of fields: what identifies it stays.
  const { event, conversation, account } = payload;
  const known = {
    event,
    ...namesOf(payload),
    conversation: namesOf(conversation),
    account: namesOf(account),
    tooLarge: true,
  };
  return writePayload(known, confidential, LONGEST_OF_MANY);
}

/** The number and the people of a conversation, where lists look for them. */
function namesOf(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, meta } = value as { id?: unknown; meta?: { sender?: { id?: unknown; name?: unknown } } };
  const sender = meta?.sender;
  return { id: scalar(id), meta: sender && { sender: { id: scalar(sender.id), name: scalar(sender.name) } } };
}

const scalar = (value: unknown) => (typeof value === 'object' ? undefined : value);

function writePayload(payload: object, confidential: boolean, longest: number): string {
  return JSON.stringify(payload, (name, value: unknown) => {
    if (value !== null && isSecretField(name)) return SECRET;
    if (value !== null && confidential && isOwnWords(name)) return ENCRYPTED;
    if (typeof value === 'string') {
      if (confidential && !(isPlainField(name) && value.length <= LONGEST_PLAIN)) return ENCRYPTED;
      return storableText(cut(value, longest));
    }
    if (value && typeof value === 'object' && !Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), inner]));
    }
    return value;
  });
}
