import { fieldOf, isRecord, type JsonRecord, recordOf, textOf } from '../json.ts';

/**
 * Chatwoot's own rule (`Message#human_response?`): a campaign's and an automation's messages may bear a user's name and are
 * nobody's; what a person typed in the WhatsApp, Instagram, Facebook or TikTok app bears none and is a person's. Of a user
 * who was deleted only the type is left.
 */
export function isOfPerson(json: JsonRecord): boolean {
  if (isGiven(fieldOf(json.additional_attributes, 'campaign_id'))) return false;
  if (isGiven(fieldOf(json.content_attributes, 'automation_rule_id'))) return false;
  if (isGiven(fieldOf(json.content_attributes, 'external_echo'))) return true;
  return fieldOf(json.sender, 'type') === 'user' || json.sender_type === 'User';
}

/** What Rails calls present. */
export const isGiven = (value: unknown) =>
  typeof value === 'string' ? value.trim() !== '' : Boolean(value) || value === 0;

/** Addresses that nobody reads: whoever writes from one waits for no answer. The part before `+`, `=` or `-digits` counts. */
const ROBOTS =
  /^(mailer-?daemon|postmaster|daemon|bounces?|(do-?)?no(t|n)?[-_.]?reply|auto-?(reply|responder|confirm|mailer)|notifications?)$/;

/** How mail programs begin the subject of what they send by themselves (RFC 3834, 5; Exchange, Postfix, qmail, Exim). */
const SUBJECTS =
  /^(automatic reply|auto(matic)?[- ]?(reply|response)|out of( the)? office|automatische antwort|abwesenheitsnotiz|réponse automatique|respuesta automática|undeliverable|mail delivery failed|returned mail) *[:(]|^(undelivered mail returned to sender|delivery status notification \(|failure notice$|mail delivery failed)/i;

/** Header fields of a machine, in lower case, and the values that are a person's all the same. */
const HEADERS: Record<string, RegExp> = {
  'auto-submitted': /^\s*no\b/i,
  'x-autoreply': /^\s*(no|false)\b/i,
  'x-autorespond': /^\s*(no|false)\b/i,
  'x-failed-recipients': /^\s*$/,
  precedence: /^(?!\s*(auto[_-]?reply|bulk|junk)\b)/i,
};

/**
 * Whether no person wrote an incoming message: a bounce, a robot's notice, an out-of-office answer. Chatwoot says so
 * (`content_attributes.email.auto_reply`), or the mail's header, sender or subject does; only e-mails have any of these.
 * @param json a customer's message as webhooks, the list or the REST API have it
 */
export function isFromMachine(json: JsonRecord): boolean {
  const email = fieldOf(json.content_attributes, 'email');
  if (!isRecord(email)) return false;
  if (email.auto_reply === true || email.auto_reply === 'true') return true;
  if (/^\s*multipart\/report\b/i.test(textOf(email.content_type) ?? '')) return true;
  for (const [name, value] of Object.entries(recordOf(email.headers))) {
    const header = name.toLowerCase().replaceAll('_', '-');
    // Anybody names headers: "constructor" is none of ours, and a value need not be a text.
    const persons = Object.hasOwn(HEADERS, header) ? HEADERS[header] : undefined;
    if (persons && !persons.test(headerText(value))) return true;
  }
  // Chatwoot takes Reply-To for the customer: a form's robot that names one writes for a person.
  const sender = textOf(fieldOf(json.sender, 'email')) ?? firstOf(email.from);
  return isRobot(sender ?? '') || SUBJECTS.test((textOf(email.subject) ?? '').trim());
}

const headerText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const firstOf = (value: unknown): string | null => textOf(Array.isArray(value) ? value[0] : value);

function isRobot(address: string): boolean {
  // No search for the rest of a line: a sender's name may be as long as a webhook.
  const [name] = address.toLowerCase().split(/[@+=]/, 1) as [string];
  return ROBOTS.test(name.replace(/-\d+$/, ''));
}
