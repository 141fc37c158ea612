/** What a form of the page "Fallback" did: in the address a code, never a sentence. */
const DONE = {
  on: 'Fallback mode is on. The steps below show how far everything else is.',
  off: 'Fallback mode is off. What waited goes out in order; what is left out is listed below.',
  not_switched: 'Not switched: it had been switched already. The page shows by whom.',
  reason_missing: 'Not switched: give a reason, so that the others and the report know why.',
  checklist_open: 'Not switched off: the restore checklist is open. Finish it, or override it with a reason.',
  not_understood: 'The form was not understood. Reload the page and try again.',
  database_away: 'Nothing was done: the database does not answer. Try again when it does.',
  database_lost:
    'The database stopped answering at the last moment: look below whether it took effect before you try again.',
  requested: 'Requested: the steps below show how far it is.',
  nothing_new: 'Nothing to do: that was requested already.',
  nothing_chosen: 'Nothing done: choose an inbox first.',
  not_on: 'Not done: fallback mode is off.',
  retried: 'Trying again.',
  not_failed: 'Nothing to try again: the step has not failed.',
  restored: 'It goes out to the Agent service after all.',
  nothing_to_restore:
    'Nothing to send: it was sent on already, or its text was removed after the retention time.',
} as const;

export type FallbackDone = keyof typeof DONE;

const REFUSED: readonly string[] = [
  'not_switched',
  'reason_missing',
  'checklist_open',
  'not_understood',
  'database_away',
  'database_lost',
  'nothing_chosen',
  'not_on',
  'not_failed',
  'nothing_to_restore',
];

/** The sentence of a code in the address; null when it is none of ours. */
export function fallbackNotice(code: string | null): { text: string; refused: boolean } | null {
  if (code === null || !Object.hasOwn(DONE, code)) return null;
  return { text: DONE[code as FallbackDone], refused: REFUSED.includes(code) };
}

/** The code of a change that the database did not take. */
export const awayNotice = ({ sure }: { sure: boolean }): FallbackDone =>
  sure ? 'database_away' : 'database_lost';

/** What the texts need to know. */
export interface TextFacts {
  email: string;
  statusPage: string | null;
  /** When people began to answer by hand; null: not yet. */
  since: Date | null;
}

export interface ReadyText {
  key: string;
  title: string;
  text: string;
}

/** The runbook's own sentence, section 3. */
const RUNBOOK_SENTENCE = "We're experiencing technical issues, responses may be delayed";

/** What an inbox of Chatwoot answers by itself meanwhile. */
export function outOfOfficeText({ email, statusPage }: Pick<TextFacts, 'email' | 'statusPage'>): string {
  const more = statusPage ? ` Updates: ${statusPage}` : '';
  return `${RUNBOOK_SENTENCE}. If it is urgent, write to ${email}: a person reads it.${more}`;
}

/** Texts to copy, for customers, the status page and the team. Times are UTC: customers live everywhere. */
export function readyTexts(facts: TextFacts): ReadyText[] {
  const { email, statusPage, since } = facts;
  const at = since ? `${since.toISOString().slice(0, 16).replace('T', ' ')} UTC` : 'a short while ago';
  const news = statusPage ? ` We post updates at ${statusPage}.` : '';
  return [
    { key: 'customer_short', title: 'Customers, one sentence', text: `${RUNBOOK_SENTENCE}.` },
    {
      key: 'customer_medium',
      title: 'Customers, short',
      text: `${RUNBOOK_SENTENCE}. Please write to ${email}; a person answers you there. If you have written to us already, you need not write again.${news}`,
    },
    {
      key: 'customer_long',
      title: 'Customers, e-mail',
      text: [
        'Hello,',
        '',
        `${RUNBOOK_SENTENCE}. Our chat has had problems since ${at}. What you have sent us is not lost: it is kept, and a person reads it.`,
        '',
        `If it is urgent, please write to ${email}. You need not write twice.${news}`,
        '',
        'We are sorry for the wait and thank you for your patience.',
      ].join('\n'),
    },
    {
      key: 'status_page',
      title: 'Status page',
      text: `Investigating: customer support answers more slowly than usual since ${at}. ${RUNBOOK_SENTENCE}. You can reach us at ${email}. Orders and payments are not affected by this. The next update follows within 30 minutes.`,
    },
    {
      key: 'slack',
      title: 'Slack, #support',
      text: `Fallback mode since ${at}: no AI drafts, answer by hand. Customers are sent to ${email}. Keep each request as a ticket in Outage Center, page "Tickets", oldest first. Do not promise a time.`,
    },
  ];
}
