/** Channels in which an agent can begin a conversation that the customer gets to see. */
const CHANNELS: Record<string, { words: string; needsEmail: boolean }> = {
  'Channel::Email': { words: 'answers go out by e-mail', needsEmail: true },
  'Channel::WebWidget': {
    words: 'customers see answers when they come back to the chat, or by e-mail if Chatwoot sends them',
    needsEmail: false,
  },
  'Channel::Api': { words: 'answers go to whatever is behind this inbox', needsEmail: false },
};

export interface MergeInbox {
  id: number;
  name: string;
  words: string;
  /** Without an address there is nobody to write to. */
  needsEmail: boolean;
}

/** The inboxes that tickets can go to, e-mail first. */
export function mergeInboxes(
  inboxes: readonly { id: number; name: string; channel: string }[],
): MergeInbox[] {
  return Object.keys(CHANNELS).flatMap((channel) =>
    inboxes
      .filter((inbox) => inbox.channel === channel)
      .map(({ id, name }) => ({ id, name, ...CHANNELS[channel]! })),
  );
}
