import { storableText } from '../../lib/storable.ts';
import { typedLine } from '../../lib/visible.ts';

/** Longest values that a ticket takes, in characters; an address by RFC 5321. */
export const TICKET_LIMITS = { customer: 200, email: 254, issue: 4000, text: 20_000 } as const;

const ADDRESS = /^[^\s@<>",;:()[\]\\]{1,64}@[^\s@<>",;:()[\]\\]{1,190}$/;

/** What a person or a spreadsheet says of a ticket. */
export interface TicketFields {
  customer: string;
  email: string | null;
  issue: string;
}

export type TicketInput = { ok: true; fields: TicketFields } | { ok: false; problem: InputProblem };
export type InputProblem = 'customer_missing' | 'issue_missing' | 'email_malformed' | 'too_long';

export const INPUT_PROBLEMS: Record<InputProblem, string> = {
  customer_missing: 'Say who the customer is: a name or an e-mail address.',
  issue_missing: 'Say what the customer asks for.',
  email_malformed: 'The e-mail address is not one.',
  too_long: `Too long: a customer takes ${TICKET_LIMITS.customer} characters, an issue ${TICKET_LIMITS.issue}.`,
};

/**
 * Reads customer, address and issue. A customer may be written as in a mail program, `Ada Lovelace <ada@example.com>`, or
 * as the address alone.
 */
export function readTicketFields(raw: { customer: string; email: string; issue: string }): TicketInput {
  const said = oneLine(raw.customer);
  const [, name = '', inBrackets = ''] = /^(.*?)\s*<([^<>]*)>$/.exec(said) ?? [];
  const email = typedLine(raw.email) || inBrackets.trim() || (ADDRESS.test(said) ? said : '');
  const customer = (inBrackets ? name.replace(/^"(.*)"$/, '$1').trim() : said) || email;
  const issue = clean(raw.issue).trim();
  if (customer === '') return { ok: false, problem: 'customer_missing' };
  if (issue === '') return { ok: false, problem: 'issue_missing' };
  if (
    customer.length > TICKET_LIMITS.customer ||
    issue.length > TICKET_LIMITS.issue ||
    email.length > TICKET_LIMITS.email
  )
    return { ok: false, problem: 'too_long' };
  if (email !== '' && !ADDRESS.test(email)) return { ok: false, problem: 'email_malformed' };
  return { ok: true, fields: { customer, email: email || null, issue } };
}

/** Several lines of what a person wrote, as PostgreSQL takes it. */
export const clean = (text: string): string => storableText(text.replaceAll(/\r\n?/g, '\n'));

const oneLine = (text: string): string => clean(text).replaceAll(/\s+/g, ' ').trim();

const LONGEST_MINUTES = 365 * 24 * 60;

/** Whole or broken minutes from a form; null when left out, undefined when it is no such number. */
export function readMinutes(text: string | null): number | null | undefined {
  const said = (text ?? '').trim().replace(',', '.');
  if (said === '') return null;
  const minutes = Number(said);
  return /^\d+(\.\d+)?$/.test(said) && minutes <= LONGEST_MINUTES ? minutes : undefined;
}
