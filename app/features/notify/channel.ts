import type { Config } from '../../lib/settings/config.ts';
import type { Channel, ContactKind } from './message.ts';

/** A kind of channel as people call it. */
export const CHANNEL_WORDS: Record<Channel['kind'], string> = {
  slack: 'Slack',
  email: 'E-mail',
  pagerduty: 'PagerDuty',
  webhook: 'Webhook',
  statuspage: 'Statuspage',
  subscriber_mail: 'E-mail',
  subscriber_webhook: 'Webhook',
};

/** One name for one channel, as the delivery log and the order of messages know it: `slack`, `email/3/a1b2`. */
export function channelKey(channel: Channel): string {
  if (channel.of === 'subscriber') return `${channel.kind}/${channel.subscriberId}`;
  return channel.of === 'environment'
    ? [channel.kind, ...(channel.recipient ? [channel.recipient] : [])].join('/')
    : `${channel.kind}/${channel.contactId}/${channel.channelId}`;
}

type Notifying = Pick<
  Config,
  | 'SLACK_WEBHOOK_URL'
  | 'SMTP_URL'
  | 'SMTP_FROM'
  | 'NOTIFY_EMAIL_TO'
  | 'PAGERDUTY_ROUTING_KEY'
  | 'NOTIFY_WEBHOOK_URL'
>;

/** The channels that the environment configures: each is told of every incident, whoever is to be told besides. */
export function environmentChannels(config: Notifying): Channel[] {
  const channels: Channel[] = [];
  if (config.SLACK_WEBHOOK_URL) channels.push({ kind: 'slack', of: 'environment' });
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
  /** E-mail address, Slack or webhook URL, or PagerDuty routing key; sealed when texts are sealed. */
  address: string;
  /** Signs a webhook; sealed like the address. */
  secret: string | null;
  /** Nobody but the contact reads what arrives there; an e-mail address says so by itself. */
  personal?: boolean;
}

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
  | { kind: 'statuspage'; apiUrl: string; apiKey: string; pageId: string };

/** An address as pages and the audit log show it: an e-mail address whole, of everything else no more than tells it apart. */
export function maskedAddress(kind: ContactKind, address: string): string {
  switch (kind) {
    case 'email':
      return address;
    case 'pagerduty':
      return `key …${address.slice(-4)}`;
    case 'slack':
    case 'webhook':
      return URL.canParse(address) ? `${new URL(address).host}/…` : '…';
  }
}
