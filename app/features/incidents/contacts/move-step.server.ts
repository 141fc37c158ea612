import type { Services } from '../../../lib/services.server.ts';
import { changeContacts, type ContactsOutcome, type VersionedChange } from './change-contacts.server.ts';

/** Moves a step one place up; a step that is first already stays there. */
export function moveStepUp(
  services: Services,
  { id, version, ...change }: VersionedChange,
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'policy.move_step' }, async (client) => {
    const { rows } = await client.query<{ id: number; version: number }>(
      'SELECT id, version FROM escalation_steps WHERE removed_at IS NULL ORDER BY position, id FOR UPDATE',
    );
    const at = rows.findIndex((row) => row.id === id && row.version === version);
    if (at < 0) return { outcome: 'changed_meanwhile' };
    const before = rows.map((row) => row.id);
    const after = [...before];
    if (at > 0) [after[at - 1], after[at]] = [before[at]!, before[at - 1]!];
    await client.query(
      `UPDATE escalation_steps s SET position = list.place, version = s.version + (s.id = $2)::int
       FROM unnest($1::bigint[]) WITH ORDINALITY AS list (id, place) WHERE s.id = list.id`,
      [after, id],
    );
    return { id, target: `step ${id}`, before: { order: before }, after: { order: after } };
  });
}
