import { createHash } from 'node:crypto';
import type { Config } from '../../lib/settings/config.ts';
import type { Channel } from './message.ts';

/** What a recipient of NOTIFY_EMAIL_TO is called in the outbox, which holds no addresses: 12 hexadecimal digits. */
const recipientKey = (address: string): string =>
  createHash('sha256').update(address.toLowerCase()).digest('hex').slice(0, 12);

/**
 * The channels that a channel really is: each address of the team's e-mail is one of its own, because a mail server takes
 * or refuses each by itself. Every other channel is itself.
 */
export function channelsWithin(
  channel: Channel,
  { NOTIFY_EMAIL_TO: to }: Pick<Config, 'NOTIFY_EMAIL_TO'>,
): Channel[] {
  if (channel.of !== 'environment' || channel.kind !== 'email' || channel.recipient) return [channel];
  const keys = [...new Set(to.map(recipientKey))];
  return keys.length > 1 ? keys.map((recipient) => ({ ...channel, recipient })) : [channel];
}

/** The address of NOTIFY_EMAIL_TO that a channel leads to; null when it is not one of them (any more). */
export function addressOf(channel: Channel, to: readonly string[]): string | null {
  if (channel.of !== 'environment' || !channel.recipient) return null;
  return to.find((address) => recipientKey(address) === channel.recipient) ?? null;
}
