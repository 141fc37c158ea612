import type { AuditAction } from '../../audit/audit-words.ts';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { openText, sealText } from '../../../lib/body-cipher.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import { maskedAddress, mayBePersonal, sealedAs, type StoredChannel } from '../../notify/channel.ts';
import {
  type Change,
  changeContacts,
  type ContactsOutcome,
  type VersionedChange,
} from './change-contacts.server.ts';
import type { ChannelInput } from './contacts-input.ts';

type Refused = Exclude<ContactsOutcome, { outcome: 'changed' }>;

/**
 * Changes the list of a contact's channels; the audit log has it before and after, addresses masked.
 * @param edit the new list, or why there is none
 */
function changeChannels(
  services: Services,
  { id, version, action, ...change }: VersionedChange & { action: AuditAction },
  edit: (channels: StoredChannel[]) => StoredChannel[] | Refused,
): Promise<ContactsOutcome> {
  const shown = (channels: StoredChannel[]) => ({
    channels: channels.map(
      (channel) =>
        `${channel.kind} ${shownAddress(services, channel)}${channel.secret ? ', signed' : ''}${channel.personal ? ', read by them only' : ''}`,
    ),
  });
  return changeContacts(
    services,
    { ...change, action } satisfies Change & { action: AuditAction },
    async (client) => {
      const before = await lockChannels(client, id, version);
      if (!before) return { outcome: 'changed_meanwhile' };
      const after = edit(before);
      if ('outcome' in after) return after;
      await client.query('UPDATE contacts SET channels = $2, version = version + 1 WHERE id = $1', [
        id,
        storableJson(after),
      ]);
      return { id, target: `contact ${id}`, before: shown(before), after: shown(after) };
    },
  );
}

async function lockChannels(
  client: pg.PoolClient,
  id: number,
  version: number,
): Promise<StoredChannel[] | null> {
  const { rows } = await client.query<{ channels: StoredChannel[] }>(
    'SELECT channels FROM contacts WHERE id = $1 AND version = $2 AND removed_at IS NULL FOR UPDATE',
    [id, version],
  );
  return rows[0]?.channels ?? null;
}

/** The address of a stored channel, masked; what cannot be opened says so. */
function shownAddress({ config }: Pick<Services, 'config'>, channel: StoredChannel): string {
  const address = openText(config.DATA_ENCRYPTION_KEYS, channel.address, sealedAs(channel.id));
  return address === null ? '(sealed)' : maskedAddress(channel.kind, address);
}

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
  { address, secret, template, personal }: ChannelInput,
): StoredChannel {
  const seal = (text: string) => sealText(config.DATA_ENCRYPTION_KEYS, text, sealedAs(channel.id));
  return {
    ...channel,
    address: address === null ? channel.address : seal(address),
    secret: secret === null ? channel.secret : secret === '' ? null : seal(secret),
    ...(template !== null && { template: seal(template) }),
    ...(mayBePersonal(channel.kind) && { personal }),
  };
}

/** Makes a channel the first that is tried. */
export function raiseChannel(
  services: Services,
  { channelId, ...change }: VersionedChange & { channelId: string },
): Promise<ContactsOutcome> {
  return changeChannels(services, { ...change, action: 'contacts.raise_channel' }, (channels) => {
    const chosen = channels.find(({ id }) => id === channelId);
    return chosen
      ? [chosen, ...channels.filter((channel) => channel !== chosen)]
      : { outcome: 'changed_meanwhile' };
  });
}

/** Removes a channel; what is still to be sent over it goes over the next one. */
export function removeChannel(
  services: Services,
  { channelId, ...change }: VersionedChange & { channelId: string },
): Promise<ContactsOutcome> {
  return changeChannels(services, { ...change, action: 'contacts.remove_channel' }, (channels) => {
    const rest = channels.filter(({ id }) => id !== channelId);
    return rest.length < channels.length ? rest : { outcome: 'changed_meanwhile' };
  });
}
