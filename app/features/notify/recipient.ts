import { createHash } from 'node:crypto';
import type { Config } from '../../lib/settings/config.ts';
import { channelKey, environmentChannels } from './channel.ts';
import type { Channel, ContactKind, QueuedMessage } from './message.ts';

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

/** Over which channel somebody is told, and over which others if that one fails, in order. */
export interface Addressee {
  /** Null: whoever is behind a channel of the environment. */
  contactId: number | null;
  channel: Channel;
  fallbacks: Channel[];
}

/** The channels that the environment configures. */
export const environmentAddressees = (config: Parameters<typeof environmentChannels>[0]): Addressee[] =>
  environmentChannels(config).map((channel) => ({ contactId: null, channel, fallbacks: [] }));

/** A browser that is woken: nothing stands in for it. */
export const deviceAddressee = (channel: Channel): Addressee => ({ contactId: null, channel, fallbacks: [] });

/** A contact over its first channel; the others, in their order, if that one fails. @returns null without any channel */
export function contactAddressee(contact: {
  id: number;
  channels: readonly { id: string; kind: ContactKind }[];
}): (Addressee & { contactId: number }) | null {
  const [channel, ...fallbacks] = contact.channels.map(({ kind, id: channelId }): Channel => ({
    kind,
    of: 'contact',
    contactId: contact.id,
    channelId,
  }));
  return channel ? { contactId: contact.id, channel, fallbacks } : null;
}

/**
 * One message to each of several, for the outbox.
 * @param about.key names the occasion: with the channel's name it is the dedupe key, so that each is told of it once
 */
export function fanOut(
  { key, ...about }: Pick<QueuedMessage, 'thread' | 'incidentId' | 'message' | 'drill'> & { key: string },
  to: readonly Addressee[],
): QueuedMessage[] {
  return to.map(({ contactId, channel, fallbacks }) => ({
    ...about,
    contactId,
    channel,
    fallbacks,
    dedupeKey: `${key}:${channelKey(channel)}`,
  }));
}
