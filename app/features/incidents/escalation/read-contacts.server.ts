import { openText } from '../../../lib/body-cipher.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { readMessageReaders } from '../../access/people/message-reader.server.ts';
import { maskedAddress, sealedAs, type StoredChannel } from '../../notify/channel.ts';
import { fillTemplate } from '../../notify/channels/template/template.ts';
import type { ContactKind, Outgoing } from '../../notify/message.ts';
import { readNotificationLines } from '../../notify/read-notifications.server.ts';
import type {
  ChannelView,
  ContactGap,
  ContactsView,
  ContactView,
  EnvironmentChannelView,
  StepView,
} from './contacts-view.ts';
import { emailsOf, readerOf } from '../message-links/message-links.server.ts';
import { readCalendars } from '../on-call/calendar.server.ts';
import { readRotations, viewRotations } from '../on-call/read-on-call.server.ts';
import { previewLadder, readLadderContacts } from './read-ladder.server.ts';
import { parseSeverity } from '../../../lib/severity.ts';

/** Messages in the page's delivery log. */
const RECENT = 30;
const CAUSES = ['chatwoot', 'delivery', 'intake', 'network'];

/** Everything of the page "Contacts". @param options.mayChange who reads it may change it, and see what templates say; personId: sees their calendars */
export async function readContactsPage(
  services: Services,
  params: URLSearchParams,
  now: Date,
  { mayChange = false, personId = null }: { mayChange?: boolean; personId?: string | null } = {},
): Promise<ContactsView> {
  const { config } = services;
  const { contacts, steps } = await readContactsAndPolicy(services, mayChange);
  const causes = [
    ...new Set([
      ...CAUSES,
      ...config.HEALTH_TARGETS.map(({ name }) => `target:${name}`),
      ...steps.flatMap((step) => step.causes),
    ]),
  ];
  const severity = parseSeverity(params.get('severity')) ?? 'P0';
  const cause = causes.find((one) => one === params.get('cause')) ?? 'chatwoot';
  const acknowledged = params.get('acknowledged') === 'yes';
  const [ladder, recent, inboxes, rotations, people, calendars] = await Promise.all([
    previewLadder(services, { severity, cause, acknowledged }, now),
    readNotificationLines(services.db.pool, config.NOTIFY_EMAIL_TO, null, RECENT),
    readInboxEmails(services),
    readRotations(services.db.pool, now),
    readLadderContacts(services.db.pool, config),
    personId === null ? new Map<number, string>() : readCalendars(services, personId),
  ]);
  return {
    contacts,
    steps,
    gaps: contactGaps(contacts, steps, config.CHATWOOT_HOSTING),
    rotations: viewRotations(rotations, people, now).map((rotation) => ({
      ...rotation,
      calendar: calendars.get(rotation.id) ?? null,
    })),
    environment: environmentView(config, inboxes),
    roles: [...new Set([...contacts, ...steps].map(({ role }) => role))],
    causes,
    preview: { severity, cause, acknowledged, ladder },
    recent: recent.reverse(),
  };
}

/** The settings that make a channel of the environment, and the one of them that shows which it is. */
const SETTINGS: [ContactKind, (keyof Services['config'])[]][] = [
  ['slack', ['SLACK_WEBHOOK_URL']],
  ['teams', ['TEAMS_WEBHOOK_URL']],
  ['discord', ['DISCORD_WEBHOOK_URL']],
  ['telegram', ['TELEGRAM_CHAT_ID', 'TELEGRAM_BOT_TOKEN']],
  ['ntfy', ['NTFY_URL']],
  ['email', ['SMTP_URL', 'SMTP_FROM', 'NOTIFY_EMAIL_TO']],
  ['pagerduty', ['PAGERDUTY_ROUTING_KEY']],
  ['webhook', ['NOTIFY_WEBHOOK_URL']],
];

function environmentView(
  config: Services['config'],
  inboxes: ReadonlyMap<string, string>,
): EnvironmentChannelView[] {
  const { SMTP_URL: smtp, NOTIFY_EMAIL_TO: to } = config;
  return SETTINGS.map(([kind, settings]) => {
    const shown = config[settings[0]!] as string | undefined;
    const masked = shown === undefined ? null : maskedAddress(kind, shown);
    const mails = smtp && to.length > 0 ? to.join(', ') : null;
    const inbox = to.map((address) => inboxProblem(address, inboxes)).find((problem) => problem !== null);
    return {
      kind,
      address: kind === 'email' ? mails : masked,
      settings: settings.join(', '),
      problem: kind === 'email' ? (inbox ?? null) : null,
    };
  });
}

/** Contacts and policy as they are now, addresses masked. */
async function readContactsAndPolicy(
  { db, config }: Pick<Services, 'db' | 'config'>,
  mayChange = false,
): Promise<{ contacts: ContactView[]; steps: StepView[] }> {
  const [inboxes, contacts, steps] = await Promise.all([
    readInboxEmails({ db }),
    db.pool.query<Omit<ContactView, 'channels'> & { channels: StoredChannel[] }>(
      'SELECT id, role, name, audience, version, channels FROM contacts WHERE removed_at IS NULL ORDER BY position, id',
    ),
    db.pool.query<StepView>(
      `SELECT id, version, role, after_minutes AS "afterMinutes", severities, causes, hosting,
         when_acknowledged AS "whenAcknowledged", reason
       FROM escalation_steps WHERE removed_at IS NULL ORDER BY position, id`,
    ),
  ]);
  const mails = contacts.rows.map(({ channels }) => emailsOf(config, channels));
  const readers = await readMessageReaders(db.pool, config, { emails: mails.flat() });
  return {
    contacts: contacts.rows.map(({ channels, ...row }, place) => ({
      ...row,
      channels: channels.map((channel) => {
        const emails =
          channel.kind === 'email' ? emailsOf(config, [channel]) : channel.personal ? mails[place]! : [];
        return {
          ...channelView(config, channel, inboxes),
          preview: mayChange ? previewOf(config, channel) : null,
          acknowledgesAs: readerOf(emails, readers)?.name ?? null,
        };
      }),
    })),
    steps: steps.rows,
  };
}

function channelView(
  config: Services['config'],
  channel: StoredChannel,
  inboxes: ReadonlyMap<string, string>,
): Omit<ChannelView, 'acknowledgesAs' | 'preview'> {
  const { id, kind, secret, personal = kind === 'email' } = channel;
  const address = openText(config.DATA_ENCRYPTION_KEYS, channel.address, sealedAs(id));
  const canMail = config.SMTP_URL !== undefined && config.SMTP_FROM !== undefined;
  const problem =
    address === null
      ? 'The address is sealed with a key that is not in DATA_ENCRYPTION_KEYS.'
      : kind === 'email' && !canMail
        ? 'No e-mail can be sent: SMTP_URL is not set.'
        : kind === 'email'
          ? inboxProblem(address, inboxes)
          : kind === 'telegram' && !config.TELEGRAM_BOT_TOKEN
            ? 'No bot can write there: TELEGRAM_BOT_TOKEN is not set.'
            : null;
  return {
    id,
    kind,
    address: address === null ? '…' : maskedAddress(kind, address),
    signed: secret !== null,
    personal,
    problem,
  };
}

/** What a webhook with a template would be sent of an incident's opening. */
function previewOf(
  { DATA_ENCRYPTION_KEYS, APP_URL }: Services['config'],
  channel: StoredChannel,
): string | null {
  if (channel.template === undefined) return null;
  const written = openText(DATA_ENCRYPTION_KEYS, channel.template, sealedAs(channel.id));
  return written === null
    ? null
    : JSON.stringify(fillTemplate(written, { ...SAMPLE, appUrl: APP_URL }), null, 2);
}

const SAMPLE: Outgoing = {
  ...{ id: 1, thread: 'incident-12', incidentId: 12, drill: false, earlier: [], insteadOf: null },
  threadTitle: 'Chatwoot does not answer',
  appUrl: undefined,
  message: {
    kind: 'opened',
    severity: 'P0',
    title: 'Chatwoot does not answer',
    sentence: 'Customers cannot reach support.',
    facts: [{ label: 'Since', value: '2026-11-23 05:12:07 UTC' }],
    link: '/incidents/12',
    at: '2026-11-23T05:14:00.000Z',
  },
};

/** Roles that the policy tells and nobody can be reached for. */
export async function readContactGaps(services: Pick<Services, 'db' | 'config'>): Promise<ContactGap[]> {
  const { contacts, steps } = await readContactsAndPolicy(services);
  return contactGaps(contacts, steps, services.config.CHATWOOT_HOSTING);
}

/**
 * Roles of the policy that nobody can be reached for: to be seen before an outage, not during it. A step that is for
 * another way of hosting tells nobody here.
 */
function contactGaps(
  contacts: readonly ContactView[],
  steps: readonly StepView[],
  hosting: 'self_hosted' | 'saas',
): ContactGap[] {
  const roles = new Set(
    steps.filter((step) => step.hosting === null || step.hosting === hosting).map(({ role }) => role),
  );
  return [...roles].flatMap((role) => {
    const people = contacts.filter((contact) => contact.role === role);
    const channels = people.flatMap((contact) => contact.channels);
    if (channels.some(({ problem }) => problem === null)) return [];
    if (people.length === 0) return [{ role, reason: 'Nobody has this role.' }];
    return [{ role, reason: channels[0]?.problem ?? 'There is no address yet.' }];
  });
}

/** Inboxes of Chatwoot by the addresses whose e-mails become their conversations, as last listed; empty before. */
async function readInboxEmails({ db }: Pick<Services, 'db'>): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.pool.query<{ email: string; name: string }>(
    `SELECT email, inbox->>'name' AS name
     FROM inbox_list, jsonb_array_elements(inboxes) AS inbox, jsonb_array_elements_text(inbox->'emails') AS email`,
  );
  return new Map(rows.map(({ email, name }) => [email, name]));
}

/** What is wrong with an address; null when it is no inbox's. */
function inboxProblem(address: string, inboxes: ReadonlyMap<string, string>): string | null {
  const name = inboxes.get(address.toLowerCase());
  return name === undefined
    ? null
    : `${address} is the inbox “${name}” of Chatwoot: a message there becomes a customer’s conversation, in what may be down. Give another address.`;
}
