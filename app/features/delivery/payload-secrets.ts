/** What stands in place of a credential. */
export const SECRET = '[secret]';

/** What stands in place of a person's words where messages are encrypted. */
export const ENCRYPTED = '[encrypted]';

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
export function isOwnWords(name: string): boolean {
  return OWN_WORDS.has(name);
}

/** Whether a field keeps its text where messages are encrypted; everything that is not listed does not. */
export function isPlainField(name: string): boolean {
  return PLAIN_FIELDS.has(name);
}
