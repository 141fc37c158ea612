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
