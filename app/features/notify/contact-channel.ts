import type { Channel } from './message.ts';

/** A channel as it stands in `contacts.channels`, in the order in which they are tried. */
export interface StoredChannel {
  id: string;
  kind: Channel['kind'];
  /** E-mail address, Slack or webhook URL, or PagerDuty routing key; sealed when texts are sealed. */
  address: string;
  /** Signs a webhook; sealed like the address. */
  secret: string | null;
}

/** What a sealed address and secret are bound to. */
export const sealedAs = (channelId: string): string => `contact-channel:${channelId}`;
