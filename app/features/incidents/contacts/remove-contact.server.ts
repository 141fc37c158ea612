import type { Services } from '../../../lib/services.server.ts';
import { changeContacts, type ContactsOutcome, type VersionedChange } from './change-contacts.server.ts';

/** Removes somebody; what they were told stays on record, their addresses do not. */
export function removeContact(
  services: Services,
  { id, version, ...change }: VersionedChange,
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'contacts.remove' }, async (client) => {
    const { rows } = await client.query<{ role: string; name: string }>(
      `UPDATE contacts SET removed_at = $3, channels = '[]', version = version + 1
       WHERE id = $1 AND version = $2 AND removed_at IS NULL RETURNING role, name`,
      [id, version, change.now],
    );
    const [row] = rows;
    return row ? { id, target: `contact ${id}`, before: row } : { outcome: 'changed_meanwhile' };
  });
}
