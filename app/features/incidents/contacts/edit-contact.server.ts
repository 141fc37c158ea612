import type { Services } from '../../../lib/services.server.ts';
import { changeContacts, type ContactsOutcome, type VersionedChange } from './change-contacts.server.ts';
import type { ContactInput } from './contact-input.ts';

/** Changes role, name and audience. */
export function editContact(
  services: Services,
  { input, id, version, ...change }: VersionedChange & { input: ContactInput },
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'contacts.edit' }, async (client) => {
    const { rows } = await client.query<{ before: ContactInput }>(
      `UPDATE contacts c SET role = $3, name = $4, audience = $5, version = c.version + 1
       FROM (SELECT id, jsonb_build_object('role', role, 'name', name, 'audience', audience) AS before FROM contacts) old
       WHERE c.id = $1 AND old.id = c.id AND c.version = $2 AND c.removed_at IS NULL
       RETURNING old.before`,
      [id, version, input.role, input.name, input.audience],
    );
    const [row] = rows;
    if (!row) return { outcome: 'changed_meanwhile' };
    return { id, target: `contact ${id}`, before: row.before, after: input };
  });
}
