import type pg from 'pg';
import { openText } from '../../../lib/body-cipher.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import { sealedAs, type StoredChannel } from '../../notify/contact-channel.ts';
import {
  changeContacts,
  type Change,
  type ContactsOutcome,
  type VersionedChange,
} from './change-contacts.server.ts';
import { maskedAddress } from './masked-address.ts';

type Refused = Exclude<ContactsOutcome, { outcome: 'changed' }>;

/**
 * Changes the list of a contact's channels; the audit log has it before and after, addresses masked.
 * @param edit the new list, or why there is none
 */
export function changeChannels(
  services: Services,
  { id, version, action, ...change }: VersionedChange & { action: string },
  edit: (channels: StoredChannel[]) => StoredChannel[] | Refused,
): Promise<ContactsOutcome> {
  const shown = (channels: StoredChannel[]) => ({
    channels: channels.map(
      (channel) => `${channel.kind} ${shownAddress(services, channel)}${channel.secret ? ', signed' : ''}`,
    ),
  });
  return changeContacts(
    services,
    { ...change, action } satisfies Change & { action: string },
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
export function shownAddress({ config }: Pick<Services, 'config'>, channel: StoredChannel): string {
  const address = openText(config.DATA_ENCRYPTION_KEYS, channel.address, sealedAs(channel.id));
  return address === null ? '(sealed)' : maskedAddress(channel.kind, address);
}
