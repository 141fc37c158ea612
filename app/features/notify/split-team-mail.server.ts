import type pg from 'pg';
import type { Config } from '../../lib/settings/config.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { channelKey, sealedAs, type StoredChannel } from './channel.ts';
import { addressOf, channelsWithin } from './recipient.ts';
import type { Channel, QueuedMessage } from './message.ts';
import { queueNotifications } from './queue-notifications.server.ts';
import { mayTake } from '../processes/liveness.ts';
import { openText } from '../../lib/body-cipher.server.ts';

const TEAM: Channel = { kind: 'email', of: 'environment' };

/** Queued for the whole team, and nobody is sending it: by the rule of the claim. */
const WHOLE = `
SELECT id, dedupe_key AS "dedupeKey", thread, incident_id AS "incidentId", contact_id AS "contactId", fallbacks, message, drill,
  instead_of AS "insteadOf"
FROM notifications n
WHERE state = 'queued' AND channel = '{"kind": "email", "of": "environment"}'
  AND ${mayTake('owner')}
ORDER BY id
FOR UPDATE OF n`;

type Whole = Omit<QueuedMessage, 'channel' | 'insteadOf'> & { id: number; insteadOf: string | null };

/**
 * Makes one message for each address of NOTIFY_EMAIL_TO of those that are for all of them: each has an outcome and retries
 * of its own, and who was told is not told again because another was not. Whoever is a contact is told over their other
 * channels when the mail server refuses them.
 */
export async function splitTeamMail(
  pool: pg.Pool,
  config: Pick<Config, 'NOTIFY_EMAIL_TO' | 'DATA_ENCRYPTION_KEYS'>,
  { owner, now }: { owner: string; now: Date },
): Promise<void> {
  const channels = channelsWithin(TEAM, config);
  if (channels.length === 1) return;
  await inTransaction(pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('notifications.claim'))");
    const { rows } = await client.query<Whole>(WHOLE, [owner]);
    if (rows.length === 0) return;
    const contacts = await readRecipients(client, config);
    const messages = rows.flatMap(({ id: _id, insteadOf, ...whole }) =>
      channels.map((channel): QueuedMessage => {
        const contact = contacts.get(addressOf(channel, config.NOTIFY_EMAIL_TO)?.toLowerCase() ?? '');
        return {
          ...whole,
          channel,
          contactId: contact?.contactId ?? whole.contactId,
          fallbacks: [...whole.fallbacks, ...(contact?.others ?? [])],
          dedupeKey: `${whole.dedupeKey} > ${channelKey(channel)}`,
          ...(insteadOf !== null && { insteadOf }),
        };
      }),
    );
    await queueNotifications(client, messages, now);
    await client.query(
      `WITH told AS (
         UPDATE notifications SET state = 'folded', fallbacks = '[]', answer = $3, owner = NULL, claimed_at = NULL, finished_at = $2
         WHERE id = ANY($1::bigint[]) RETURNING id
       )
       INSERT INTO notification_log (notification_id, at, state, channel, answer)
       SELECT id, $2, 'folded', $4, $3 FROM told`,
      [
        rows.map(({ id }) => id),
        now,
        `Each of the ${channels.length} addresses is told by itself.`,
        channelKey(TEAM),
      ],
    );
  });
}

/** Whose address it is, and over which channels else that person can be told, in their order. */
interface Recipient {
  contactId: number;
  others: Channel[];
}

/** The contacts whose e-mail addresses these are, by address in lower case. */
async function readRecipients(
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
