import type { Services } from '../../../lib/services.server.ts';
import { CHANNEL_WORDS } from '../../notify/channel-words.ts';
import type { Channel } from '../../notify/message.ts';
import type { NotificationLine } from '../incident-view.ts';
import { previewLadder } from '../preview-ladder.view.server.ts';
import { contactGaps } from './contact-gaps.ts';
import type { ContactsView, EnvironmentChannelView } from './contacts-view.ts';
import { maskedAddress } from './masked-address.ts';
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
  const [ladder, recent] = await Promise.all([
    previewLadder(services, { severity, cause, acknowledged }, now),
    readRecent(services),
  ]);
  return {
    contacts,
    steps,
    gaps: contactGaps(contacts, steps, config.CHATWOOT_HOSTING),
    environment: environmentView(config),
    roles: [...new Set([...contacts, ...steps].map(({ role }) => role))],
    causes,
    preview: { severity, cause, acknowledged, ladder },
    recent,
  };
}

function environmentView(config: Services['config']): EnvironmentChannelView[] {
  const { SLACK_WEBHOOK_URL: slack, PAGERDUTY_ROUTING_KEY: pagerduty, NOTIFY_WEBHOOK_URL: webhook } = config;
  const { SMTP_URL: smtp, NOTIFY_EMAIL_TO: to } = config;
  const masked = (kind: Channel['kind'], address: string | undefined) =>
    address === undefined ? null : maskedAddress(kind, address);
  return [
    { kind: 'slack', address: masked('slack', slack), settings: 'SLACK_WEBHOOK_URL' },
    {
      kind: 'email',
      address: smtp && to.length > 0 ? to.join(', ') : null,
      settings: 'SMTP_URL, SMTP_FROM, NOTIFY_EMAIL_TO',
    },
    { kind: 'pagerduty', address: masked('pagerduty', pagerduty), settings: 'PAGERDUTY_ROUTING_KEY' },
    { kind: 'webhook', address: masked('webhook', webhook), settings: 'NOTIFY_WEBHOOK_URL' },
  ];
}

/** The newest messages of all incidents, newest first. */
async function readRecent({ db }: Services): Promise<NotificationLine[]> {
  const { rows } = await db.pool.query<
    Omit<NotificationLine, 'to' | 'channel' | 'createdAt' | 'finishedAt'> & {
      to: string | null;
      channel: Channel;
      createdAt: Date;
      finishedAt: Date | null;
    }
  >(
    `SELECT n.id, n.kind, n.channel, coalesce(nullif(c.name, ''), c.role) AS to, n.state, n.created_at AS "createdAt",
       n.finished_at AS "finishedAt", n.attempts, n.answer
     FROM notifications n LEFT JOIN contacts c ON c.id = n.contact_id
     ORDER BY n.id DESC LIMIT ${RECENT}`,
  );
  return rows.map(({ to, channel, createdAt, finishedAt, ...row }) => ({
    ...row,
    to: to ?? 'the team',
    channel: CHANNEL_WORDS[channel.kind],
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }));
}
