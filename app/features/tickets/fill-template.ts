/** Fields that a template may have, and what each becomes. */
export const MERGE_FIELDS = {
  customer: "the customer's name",
  issue: 'what the customer asked, in its first line',
  ticket: 'the number, e.g. T-12',
  agent: 'who answers',
  support_email: 'the address that customers write to now',
} as const;

export type MergeField = keyof typeof MERGE_FIELDS;

const FIELD = /\{\{\s*(?:([\w-]+)\s*)?\}\}/g;

/** A text with its fields filled in, in one pass: a field inside a customer's words stays as it is. */
export function fillTemplate(text: string, values: Record<MergeField, string>): string {
  return text.replaceAll(FIELD, (whole, name: string = '') =>
    Object.hasOwn(values, name) ? values[name as MergeField] : whole,
  );
}

/** The first field that there is none of; null when all are known. */
export function unknownField(text: string): string | null {
  for (const [, name = ''] of text.matchAll(FIELD)) if (!Object.hasOwn(MERGE_FIELDS, name)) return name;
  return null;
}

/** What is told of an outage, as an e-mail to whoever asks. */
export const outageMail = (text: string): string => `Hello {{customer}},\n\n${text}\n\n{{agent}}`;

const ISSUE_IN_SUBJECT = 80;

/** What stands in an answer's fields. */
export function mergeValues(
  ticket: { customer: string; issue: string; name: string },
  { agent, supportEmail }: { agent: string; supportEmail: string },
): Record<MergeField, string> {
  const first = ticket.issue.split('\n', 1)[0] ?? '';
  const issue =
    first.length > ISSUE_IN_SUBJECT
      ? `${Array.from(first)
          .slice(0, ISSUE_IN_SUBJECT - 1)
          .join('')}…`
      : first;
  return { customer: ticket.customer, issue, ticket: ticket.name, agent, support_email: supportEmail };
}

/** Longer links are cut off by mail programs: Outlook takes about 2,000 characters. */
const LONGEST = 1900;

/**
 * A link that opens an answer in the person's own mail program (RFC 6068). A text too long for it is left out, whole: half
 * an answer would be sent.
 * @returns whether the text is in it
 */
export function mailLink(mail: { to: string; subject: string; body: string }): {
  href: string;
  whole: boolean;
} {
  const subject = `subject=${encodeURIComponent(mail.subject.replaceAll(/\s+/g, ' ').trim())}`;
  const body = `&body=${encodeURIComponent(mail.body.replaceAll('\n', '\r\n'))}`;
  const base = `mailto:${encodeURIComponent(mail.to).replaceAll('%40', '@')}?${subject}`;
  const whole = base.length + body.length <= LONGEST;
  return { href: whole ? base + body : base, whole };
}
