import { randomUUID } from 'node:crypto';
import { sealText } from '../../../lib/body-cipher.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { sealedAs, type StoredChannel } from '../../notify/contact-channel.ts';
import { changeChannels } from './change-channels.server.ts';
import type { ContactsOutcome, VersionedChange } from './change-contacts.server.ts';
import type { ChannelInput } from './channel-input.ts';

/** Somebody with more channels than this is no better reached. */
const MOST = 6;

/** Adds a channel to the end of a contact's list: the last to be tried. */
export function addChannel(
  services: Services,
  { input, ...change }: VersionedChange & { input: ChannelInput },
): Promise<ContactsOutcome> {
  return changeChannels(services, { ...change, action: 'contacts.add_channel' }, (channels) => {
    if (channels.length >= MOST) return { outcome: 'too_many', most: MOST };
    const fresh: StoredChannel = { id: randomUUID(), kind: input.kind, address: '', secret: null };
    return [...channels, sealed(services, fresh, input)];
  });
}

/** Changes a channel's address and secret; each stays as it is when the form left it empty. */
export function editChannel(
  services: Services,
  { input, channelId, ...change }: VersionedChange & { input: ChannelInput; channelId: string },
): Promise<ContactsOutcome> {
  return changeChannels(services, { ...change, action: 'contacts.edit_channel' }, (channels) =>
    channels.some(({ id, kind }) => id === channelId && kind === input.kind)
      ? channels.map((channel) => (channel.id === channelId ? sealed(services, channel, input) : channel))
      : { outcome: 'changed_meanwhile' },
  );
}

/** Sealed whenever texts are, because who has these addresses can speak in our name. */
function sealed(
  { config }: Services,
  channel: StoredChannel,
  { address, secret }: ChannelInput,
): StoredChannel {
  const seal = (text: string) => sealText(config.DATA_ENCRYPTION_KEYS, text, sealedAs(channel.id));
  return {
    ...channel,
    address: address === null ? channel.address : seal(address),
    secret: secret === null ? channel.secret : secret === '' ? null : seal(secret),
  };
}
