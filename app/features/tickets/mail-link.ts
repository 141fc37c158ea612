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
