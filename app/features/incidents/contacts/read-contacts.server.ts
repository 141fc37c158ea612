import { openText } from '../../../lib/body-cipher.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { sealedAs, type StoredChannel } from '../../notify/contact-channel.ts';
import { contactGaps } from './contact-gaps.ts';
import type { ChannelView, ContactGap, ContactView, StepView } from './contacts-view.ts';
import { maskedAddress } from './masked-address.ts';
import { inboxProblem, readInboxEmails } from './read-inbox-emails.server.ts';

/** Contacts and policy as they are now, addresses masked. */
export async function readContactsAndPolicy({
  db,
  config,
}: Pick<Services, 'db' | 'config'>): Promise<{ contacts: ContactView[]; steps: StepView[] }> {
  const [inboxes, contacts, steps] = await Promise.all([
    readInboxEmails({ db }),
    db.pool.query<Omit<ContactView, 'channels'> & { channels: StoredChannel[] }>(
      'SELECT id, role, name, audience, version, channels FROM contacts WHERE removed_at IS NULL ORDER BY position, id',
    ),
    db.pool.query<StepView>(
      `SELECT id, version, role, after_minutes AS "afterMinutes", severities, causes, hosting,
         when_acknowledged AS "whenAcknowledged", reason
       FROM escalation_steps WHERE removed_at IS NULL ORDER BY position, id`,
    ),
  ]);
  return {
    contacts: contacts.rows.map(({ channels, ...row }) => ({
      ...row,
      channels: channels.map((channel) => channelView(config, channel, inboxes)),
    })),
    steps: steps.rows,
  };
}

function channelView(
  config: Services['config'],
  channel: StoredChannel,
  inboxes: ReadonlyMap<string, string>,
): ChannelView {
  const { id, kind, secret } = channel;
  const address = openText(config.DATA_ENCRYPTION_KEYS, channel.address, sealedAs(id));
  const canMail = config.SMTP_URL !== undefined && config.SMTP_FROM !== undefined;
  const problem =
    address === null
      ? 'The address is sealed with a key that is not in DATA_ENCRYPTION_KEYS.'
      : kind === 'email' && !canMail
        ? 'No e-mail can be sent: SMTP_URL is not set.'
        : kind === 'email'
          ? inboxProblem(address, inboxes)
          : null;
  return {
    id,
    kind,
    address: address === null ? '…' : maskedAddress(kind, address),
    signed: secret !== null,
    problem,
  };
}

/** Roles that the policy tells and nobody can be reached for. */
export async function readContactGaps(services: Pick<Services, 'db' | 'config'>): Promise<ContactGap[]> {
  const { contacts, steps } = await readContactsAndPolicy(services);
  return contactGaps(contacts, steps, services.config.CHATWOOT_HOSTING);
}
