import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { emailMessage } from '../../app/features/notify/channels/email/email-message.ts';
import { pagerDutyEvent } from '../../app/features/notify/channels/pagerduty/pagerduty.server.ts';
import { slackMessage } from '../../app/features/notify/channels/slack/slack.server.ts';
import { webhookBody } from '../../app/features/notify/channels/webhook/send-to-webhook.server.ts';
import type { Message, Outgoing } from '../../app/features/notify/message.ts';
import { ticketCsv } from '../../app/features/tickets/export-tickets.server.ts';
import type { TicketView } from '../../app/features/tickets/ticket-view.ts';
import { SPELLED, WRITTEN } from '../lib/odd-texts.ts';

/** A message that has the text in every place that a text has. */
function outgoing(text: string): Outgoing {
  const message: Message = {
    kind: 'opened',
    severity: 'P0',
    title: text,
    sentence: text,
    facts: [{ label: text, value: text }],
    link: '/incidents/12',
    at: '2026-11-23T05:12:00.000Z',
  };
  return {
    ...{ id: 7, thread: 'incident-12', incidentId: 12, message, drill: false, threadTitle: text },
    ...{ earlier: [message], insteadOf: text, appUrl: 'https://outage.example.com' },
  };
}

const unescaped = (html: string) => html.replaceAll('&amp;', '&');

/** All texts within, whatever it is nested in; keys too. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [key, ...textsOf(one)]);
}

const FORMS: Record<string, (text: string) => string[]> = {
  Slack: (text) => textsOf(slackMessage(outgoing(text))).map(unescaped),
  PagerDuty: (text) => textsOf(pagerDutyEvent(outgoing(text), 'k'.repeat(32))),
  'a webhook': (text) => textsOf(JSON.parse(webhookBody(outgoing(text)))),
  'an e-mail': (text) => {
    const mail = emailMessage(outgoing(text), 'Outage Center <outage@example.com>', 'team@example.com');
    return [mail.subject!, mail.text as string, unescaped(mail.html as string)];
  },
  'a spreadsheet': (text) => parse(ticketCsv([{ ...TICKET, customer: text, issue: text }]))[0] as string[],
};

const TICKET: TicketView = {
  ...{ id: 1, customer: null, email: null, issue: null, status: 'open', externalId: null },
  ...{ receivedAt: '2026-11-23T05:00:00.000Z', receivedKnown: true, firstResponseAt: null },
  ...{ dueAt: '2026-11-23T05:30:00.000Z', createdBy: 'Ada', version: 1, textRemoved: false, merge: null },
};

/** How many of its texts have it at least: each place counts. */
const PLACES: Record<string, number> = {
  Slack: 6,
  PagerDuty: 5,
  'a webhook': 6,
  'an e-mail': 3,
  'a spreadsheet': 2,
};

describe.each(Object.entries(FORMS))('in %s', (form, textsWith) => {
  test.each(Object.entries(WRITTEN))('%s goes out as it is written', (_what, text) => {
    const texts = textsWith(text);
    expect(texts.filter((one) => one.includes(text)).length).toBeGreaterThanOrEqual(PLACES[form]!);
    expect(texts.join(' ')).not.toContain('\\u');
  });

  test.each(Object.entries(SPELLED))('%s is spelled out', (_what, [given, shown]) => {
    const texts = textsWith(given);
    expect(texts.filter((one) => one.includes(shown)).length).toBeGreaterThanOrEqual(PLACES[form]!);
    for (const one of texts) expect(one.includes(given), one).toBe(false);
    for (const one of texts) expect(one.isWellFormed()).toBe(true);
  });
});

test('several lines of a ticket stay several lines', () => {
  const issue = 'One\n\tTwo\u202e\nThree';
  const lines: string[][] = parse(ticketCsv([{ ...TICKET, issue }]));
  expect(lines[0]![2]).toBe('One\n\tTwo\\u202e\nThree');
});
