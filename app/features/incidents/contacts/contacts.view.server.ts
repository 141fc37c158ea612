import type { Services } from '../../../lib/services.server.ts';
import type { Channel } from '../../notify/message.ts';
import { readNotificationLines } from '../../notify/read-notification-lines.server.ts';
import { previewLadder } from '../preview-ladder.view.server.ts';
import { contactGaps } from './contact-gaps.ts';
import type { ContactsView, EnvironmentChannelView } from './contacts-view.ts';
import { maskedAddress } from './masked-address.ts';
import { inboxProblem, readInboxEmails } from './read-inbox-emails.server.ts';
import { readContactsAndPolicy } from './read-contacts.server.ts';

/** Messages in the page's delivery log. */
const RECENT = 30;
const CAUSES = ['chatwoot', 'delivery', 'intake', 'network'];

/** Everything of the page "Contacts". */
export async function readContactsPage(
  services: Services,
  params: URLSearchParams,
  now: Date,
): Promise<ContactsView> {
  const { config } = services;
  const { contacts, steps } = await readContactsAndPolicy(services);
  const causes = [
    ...new Set([
      ...CAUSES,
      ...config.HEALTH_TARGETS.map(({ name }) => `target:${name}`),
      ...steps.flatMap((step) => step.causes),
    ]),
  ];
  const severity = (['P0', 'P1', 'P2'] as const).find((one) => one === params.get('severity')) ?? 'P0';
  const cause = causes.find((one) => one === params.get('cause')) ?? 'chatwoot';
  const acknowledged = params.get('acknowledged') === 'yes';
  const [ladder, recent, inboxes] = await Promise.all([
    previewLadder(services, { severity, cause, acknowledged }, now),
    readNotificationLines(services.db.pool, config.NOTIFY_EMAIL_TO, null, RECENT),
    readInboxEmails(services),
  ]);
  return {
    contacts,
    steps,
    gaps: contactGaps(contacts, steps, config.CHATWOOT_HOSTING),
    environment: environmentView(config, inboxes),
    roles: [...new Set([...contacts, ...steps].map(({ role }) => role))],
    causes,
    preview: { severity, cause, acknowledged, ladder },
    recent: recent.reverse(),
  };
}

function environmentView(
  config: Services['config'],
  inboxes: ReadonlyMap<string, string>,
): EnvironmentChannelView[] {
  const { SLACK_WEBHOOK_URL: slack, PAGERDUTY_ROUTING_KEY: pagerduty, NOTIFY_WEBHOOK_URL: webhook } = config;
  const { SMTP_URL: smtp, NOTIFY_EMAIL_TO: to } = config;
  const masked = (kind: Channel['kind'], address: string | undefined) =>
    address === undefined ? null : maskedAddress(kind, address);
  return [
    { kind: 'slack', address: masked('slack', slack), settings: 'SLACK_WEBHOOK_URL', problem: null },
    {
      kind: 'email',
      address: smtp && to.length > 0 ? to.join(', ') : null,
      settings: 'SMTP_URL, SMTP_FROM, NOTIFY_EMAIL_TO',
      problem:
        to.map((address) => inboxProblem(address, inboxes)).find((problem) => problem !== null) ?? null,
    },
    {
      kind: 'pagerduty',
      address: masked('pagerduty', pagerduty),
      settings: 'PAGERDUTY_ROUTING_KEY',
      problem: null,
    },
    { kind: 'webhook', address: masked('webhook', webhook), settings: 'NOTIFY_WEBHOOK_URL', problem: null },
  ];
}
