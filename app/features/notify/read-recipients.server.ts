import type pg from 'pg';
import { openText } from '../../lib/body-cipher.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import { sealedAs, type StoredChannel } from './channel.ts';
import type { Channel } from './message.ts';

/** Whose address it is, and over which channels else that person can be told, in their order. */
export interface Recipient {
  contactId: number;
  others: Channel[];
}

/** The contacts whose e-mail addresses these are, by address in lower case. */
export async function readRecipients(
  client: pg.ClientBase,
  { DATA_ENCRYPTION_KEYS: keys }: Pick<Config, 'DATA_ENCRYPTION_KEYS'>,
): Promise<Map<string, Recipient>> {
  const { rows } = await client.query<{ id: number; channels: StoredChannel[] }>(
    'SELECT id, channels FROM contacts WHERE removed_at IS NULL ORDER BY position DESC, id DESC',
  );
  return new Map(
    rows.flatMap(({ id: contactId, channels }) =>
      channels
        .filter(({ kind }) => kind === 'email')
        .map(({ id, address }): [string, Recipient] => [
          openText(keys, address, sealedAs(id))?.toLowerCase() ?? '',
          {
            contactId,
            others: channels
              .filter((other) => other.id !== id)
              .map((other) => ({ kind: other.kind, of: 'contact', contactId, channelId: other.id })),
          },
        ]),
    ),
  );
}
