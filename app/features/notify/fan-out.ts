import { channelKey, environmentChannels } from './channel.ts';
import type { Channel, ContactKind, QueuedMessage } from './message.ts';

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
