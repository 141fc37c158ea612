import { responseMinutes } from './sla-clock.ts';
import { INPUT_PROBLEMS, type TicketMerge, ticketName, type TicketView } from './ticket-view.ts';

/** What a form did: in the address a code and a number, never a sentence. */
const DONE = {
  added: (n: number) => `${ticketName(n)} is added. The next one can be typed at once.`,
  changed: (n: number) => `${ticketName(n)} is changed.`,
  nothing_changed: (n: number) => `${ticketName(n)} was like that already.`,
  noted: () => 'The note is in the history.',
  reply_logged: () => 'Your answer is in the history, and the clock has stopped.',
  accepted: () => 'The mail server accepted the answer, and the clock has stopped. It is in the history.',
  sent_before: () => 'It had been sent already: see the history. Nothing was sent twice.',
  merge_started: (n: number) =>
    `${n === 1 ? '1 ticket is' : `${n} tickets are`} brought into Chatwoot, one after the other. How each ended stands below.`,
  merge_cancelled: (n: number) =>
    n === 0
      ? 'Nothing was cancelled: each was begun already.'
      : `${n === 1 ? '1 ticket is' : `${n} tickets are`} not brought into Chatwoot. What was begun goes on.`,
  template_saved: () => 'The template is saved.',
  template_removed: () => 'The template is removed.',
} as const;

export type TicketDone = keyof typeof DONE;

/** The sentence of a code in the address; null when it is none of ours. */
export function ticketNotice(params: URLSearchParams): string | null {
  const code = params.get('done') ?? '';
  const n = Number(params.get('n') ?? 0);
  if (!Object.hasOwn(DONE, code)) return null;
  return DONE[code as TicketDone](Number.isSafeInteger(n) && n >= 0 ? n : 0);
}

/** Why something was not done, for a person. */
export const PROBLEMS = {
  ...INPUT_PROBLEMS,
  minutes_malformed:
    'Not added: write how many minutes ago the customer wrote as a number, or leave it empty.',
  response_malformed: 'Not changed: write the response time in minutes, e.g. 12 or 12.5.',
  response_in_future: 'Not changed: that response time would lie in the future.',
  not_understood: 'The form was not understood. Reload the page and try again.',
  not_found: 'There is no such ticket.',
  merging: 'Not changed: it is on its way into Chatwoot.',
  merged: 'Not changed: it goes on in Chatwoot.',
  text_missing: 'Not done: there is no text.',
  text_too_long: 'Not done: the text is over 20,000 characters.',
  no_address: 'Not sent: the ticket has no e-mail address.',
  no_mail_server: 'Not sent: SMTP_URL and SMTP_FROM are not set, so this app cannot send e-mail.',
  too_long: 'Not saved: a name takes 80 characters, a subject 200, a text 10,000.',
  too_many: 'Not saved: there are 100 templates already.',
  template_changed: 'Not saved: somebody else changed it meanwhile. This is how it is now.',
  nothing_chosen: 'Nothing done: none of these tickets can be brought into Chatwoot (any more).',
  inbox_unknown: 'Nothing done: Chatwoot has no such inbox any more.',
  not_connected: 'Nothing done: no Chatwoot is connected.',
} as const;

/** What stands in place of a customer's words that the reader may not see, or that were removed. */
export function shownText(text: string | null, ticket: Pick<TicketView, 'textRemoved'>): string {
  if (ticket.textRemoved) return 'Removed after the retention time';
  return text ?? 'Your role does not show this';
}

/** Response time as a field holds it: minutes, or nothing. */
export const responseText = (ticket: TicketView): string => String(responseMinutes(ticket) ?? '');

export const MERGE_WORDS: Record<
  TicketMerge['state'],
  { tone: 'info' | 'good' | 'critical'; words: string }
> = {
  waiting: { tone: 'info', words: 'Waits to go into Chatwoot' },
  running: { tone: 'info', words: 'Is brought into Chatwoot now' },
  done: { tone: 'good', words: 'Goes on in Chatwoot' },
  failed: { tone: 'critical', words: 'Could not be brought into Chatwoot' },
};

/** A person may change it: it is neither on its way into Chatwoot nor there. */
export const isEditable = ({ merge }: TicketView): boolean => merge === null || merge.state === 'failed';
