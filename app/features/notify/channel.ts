import type { Config } from '../../lib/settings/config.ts';
import type { PushKey, Subscription } from './channels/push/device-view.ts';
import type { Channel, ContactKind } from './message.ts';

/** A kind of channel as people call it. */
export const CHANNEL_WORDS: Record<Channel['kind'], string> = {
  slack: 'Slack',
  email: 'E-mail',
  pagerduty: 'PagerDuty',
  webhook: 'Webhook',
  teams: 'Microsoft Teams',
  discord: 'Discord',
  telegram: 'Telegram',
  ntfy: 'ntfy',
  template: 'Webhook with a template',
  push: 'Push',
  statuspage: 'Statuspage',
  subscriber_mail: 'E-mail',
  subscriber_webhook: 'Webhook',
};

/** Kinds of channels that a person can have, in the order in which they are offered. */
export const CONTACT_KINDS: readonly ContactKind[] = [
  ...(['email', 'slack', 'teams', 'discord', 'telegram', 'ntfy', 'pagerduty'] as const),
  ...(['webhook', 'template'] as const),
];

/** Where people talk: a message there stands alone, and about one a second is taken. */
export const TEAM_CHATS = ['slack', 'teams', 'discord', 'telegram', 'ntfy'] as const;
export type TeamChat = (typeof TEAM_CHATS)[number];

export const isChat = (kind: Channel['kind']): kind is TeamChat => TEAM_CHATS.some((chat) => chat === kind);

/** Of people outside, who have loops of their own. */
export const isOfSubscribers = (kind: Channel['kind']): boolean => kind.startsWith('subscriber_');

/** Kinds whose message is one POST. */
export type PostKind = 'teams' | 'discord' | 'telegram' | 'ntfy' | 'template';

/** One name for one channel, as the delivery log and the order of messages know it: `slack`, `email/3/a1b2`. */
export function channelKey(channel: Channel): string {
  if (channel.of === 'subscriber') return `${channel.kind}/${channel.subscriberId}`;
  if (channel.of === 'device') return `${channel.kind}/${channel.deviceId}`;
  return channel.of === 'environment'
    ? [channel.kind, ...(channel.recipient ? [channel.recipient] : [])].join('/')
    : `${channel.kind}/${channel.contactId}/${channel.channelId}`;
}

type Notifying = Pick<
  Config,
  | 'SLACK_WEBHOOK_URL'
  | 'TEAMS_WEBHOOK_URL'
  | 'DISCORD_WEBHOOK_URL'
  | 'TELEGRAM_BOT_TOKEN'
  | 'TELEGRAM_CHAT_ID'
  | 'NTFY_URL'
  | 'SMTP_URL'
  | 'SMTP_FROM'
  | 'NOTIFY_EMAIL_TO'
  | 'PAGERDUTY_ROUTING_KEY'
  | 'NOTIFY_WEBHOOK_URL'
>;

/** The team's chats that the environment configures. */
export const environmentChats = (config: Notifying): TeamChat[] =>
  TEAM_CHATS.filter((chat) => {
    switch (chat) {
      case 'slack':
        return config.SLACK_WEBHOOK_URL;
      case 'teams':
        return config.TEAMS_WEBHOOK_URL;
      case 'discord':
        return config.DISCORD_WEBHOOK_URL;
      case 'telegram':
        return config.TELEGRAM_BOT_TOKEN && config.TELEGRAM_CHAT_ID;
      case 'ntfy':
        return config.NTFY_URL;
    }
  });

/** The channels that the environment configures: each is told of every incident, whoever is to be told besides. */
export function environmentChannels(config: Notifying): Channel[] {
  const channels = environmentChats(config).map((kind): Channel => ({ kind, of: 'environment' }));
  if (config.PAGERDUTY_ROUTING_KEY) channels.push({ kind: 'pagerduty', of: 'environment' });
  if (config.SMTP_URL && config.SMTP_FROM && config.NOTIFY_EMAIL_TO.length > 0)
    channels.push({ kind: 'email', of: 'environment' });
  if (config.NOTIFY_WEBHOOK_URL) channels.push({ kind: 'webhook', of: 'environment' });
  return channels;
}

/** A channel as it stands in `contacts.channels`, in the order in which they are tried. */
export interface StoredChannel {
  id: string;
  kind: ContactKind;
  /** E-mail address, URL, Telegram's chat or PagerDuty's routing key; sealed when texts are sealed. */
  address: string;
  /** Signs a webhook, or lets us in: ntfy's access token, a template's Authorization; sealed like the address. */
  secret: string | null;
  /** What a webhook with a template is sent; sealed too, because keys may stand in it. */
  template?: string;
  /** Nobody but the contact reads what arrives there; an e-mail address says so by itself. */
  personal?: boolean;
}

/** What a webhook’s template can name of a message. */
export const TEMPLATE_FIELDS = [
  ...['headline', 'text', 'title', 'sentence', 'kind', 'severity', 'incident', 'subject', 'thread'],
  ...['link', 'acknowledge', 'facts', 'at', 'drill'],
] as const;

/** Whether the address of such a channel is a URL. */
export const isUrlKind = (kind: ContactKind): boolean =>
  kind !== 'email' && kind !== 'pagerduty' && kind !== 'telegram';

/** Whether only a person can say who reads what arrives there; a mailbox is somebody's by its address. */
export const mayBePersonal = (kind: ContactKind): boolean => kind !== 'email' && kind !== 'pagerduty';

/** What a sealed address and secret are bound to. */
export const sealedAs = (channelId: string): string => `contact-channel:${channelId}`;

/** Where a message really goes: addresses and keys, looked up for one try and kept nowhere. */
export type Target =
  | { kind: 'slack'; url: string; guarded: boolean }
  | { kind: 'email'; smtpUrl: string; from: string; to: string }
  | { kind: 'pagerduty'; eventsUrl: string; routingKey: string }
  | { kind: 'webhook'; url: string; secret: string | null; guarded: boolean }
  | {
      kind: PostKind;
      url: string;
      /** Telegram's chat, ntfy's topic. */
      to: string | null;
      secret: string | null;
      template: string | null;
      guarded: boolean;
    }
  | { kind: 'push'; deviceId: number; told: Subscription; key: PushKey }
  | { kind: 'statuspage'; apiUrl: string; apiKey: string; pageId: string };

/** An address as pages and the audit log show it: an e-mail address whole, of everything else no more than tells it apart. */
export function maskedAddress(kind: ContactKind, address: string): string {
  switch (kind) {
    case 'email':
      return address;
    case 'pagerduty':
      return `key …${address.slice(-4)}`;
    case 'telegram':
      return `chat …${address.slice(-4)}`;
    case 'slack':
    case 'teams':
    case 'discord':
    case 'ntfy':
    case 'webhook':
    case 'template':
      return URL.canParse(address) ? `${new URL(address).host}/…` : '…';
  }
}
