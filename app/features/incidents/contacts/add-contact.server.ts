import type { Services } from '../../../lib/services.server.ts';
import { changeContacts, type Change, type ContactsOutcome } from './change-contacts.server.ts';
import type { ContactInput } from './contact-input.ts';

/** An outage team is smaller by far. */
const MOST = 200;

/** Adds somebody, without a channel yet. */
export function addContact(
  services: Services,
  { input, ...change }: Change & { input: ContactInput },
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'contacts.add' }, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO contacts (role, name, audience, position)
       SELECT $1, $2, $3, coalesce(max(position), 0) + 1 FROM contacts HAVING count(*) FILTER (WHERE removed_at IS NULL) < ${MOST}
       RETURNING id`,
      [input.role, input.name, input.audience],
    );
    const [row] = rows;
    if (!row) return { outcome: 'too_many', most: MOST };
    return { id: row.id, target: `contact ${row.id}`, after: input };
  });
}
