import type { Config } from '../../lib/config.ts';
import type { Channel } from './message.ts';

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
