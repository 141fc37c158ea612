import { cut } from '../../lib/visible.ts';
import { parseExact } from '../../lib/json.ts';
import { storableText } from '../../lib/storable.ts';

/** What stands in place of a credential. */
export const SECRET = '[secret]';

/** What stands in place of a person's words where messages are encrypted. */
const ENCRYPTED = '[encrypted]';

/** Words that name a credential wherever they stand in a field's name, and ones that do as its end. */
const ANYWHERE =
  /secret|passw(?:or)?d|api_?key|credential|provider_config|authorization|private_?key|identifier_hash/;
const AT_THE_END = /(?:tokens?|jwt|_sid)$/;

/**
 * Whether a field of a payload holds a credential. Chatwoot sends `contact_inbox.pubsub_token` with every conversation
 * and the raw channel, with its provider's tokens, with inbox_created and inbox_updated. Judged by the name, because
 * channels of plugins have fields nobody can list.
 */
export function isSecretField(name: string): boolean {
  const lower = name.slice(0, 100).toLowerCase();
  return ANYWHERE.test(lower) || AT_THE_END.test(lower);
}

/** Fields whose texts are Chatwoot's own words, numbers or times: nothing that a person wrote or is known by. */
const PLAIN_FIELDS = new Set(
  `event type message_type content_type status priority channel sender_type assignee_type availability_status
   created_at updated_at timestamp last_activity_at waiting_since first_reply_created_at snoozed_until`
    .split(/\s+/)
    .filter(Boolean),
);

/** Fields in which every name and value is the shop's or the customer's own. */
const OWN_WORDS = new Set(['custom_attributes', 'additional_attributes', 'content_attributes', 'event_info']);

/** Whether nothing inside a field is kept where messages are encrypted. */
function isOwnWords(name: string): boolean {
  return OWN_WORDS.has(name);
}

/** Whether a field keeps its text where messages are encrypted; everything that is not listed does not. */
function isPlainField(name: string): boolean {
  return PLAIN_FIELDS.has(name);
}

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
