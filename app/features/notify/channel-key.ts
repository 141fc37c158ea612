import type { Channel } from './message.ts';

/** One name for one channel, as the delivery log and the order of messages know it: `slack`, `email/3/a1b2`. */
export function channelKey(channel: Channel): string {
  return channel.of === 'environment'
    ? [channel.kind, ...(channel.recipient ? [channel.recipient] : [])].join('/')
    : `${channel.kind}/${channel.contactId}/${channel.channelId}`;
}
