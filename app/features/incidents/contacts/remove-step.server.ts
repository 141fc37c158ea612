import type { Services } from '../../../lib/services.server.ts';
import { changeContacts, type ContactsOutcome, type VersionedChange } from './change-contacts.server.ts';
import { readStepForAudit } from './step-row.server.ts';

/** Removes a step from the policy; where it was taken stays on record. */
export function removeStep(
  services: Services,
  { id, version, ...change }: VersionedChange,
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'policy.remove_step' }, async (client) => {
    const before = await readStepForAudit(client, id);
    const { rowCount } = await client.query(
      'UPDATE escalation_steps SET removed_at = $3, version = version + 1 WHERE id = $1 AND version = $2 AND removed_at IS NULL',
      [id, version, change.now],
    );
    return rowCount === 0 ? { outcome: 'changed_meanwhile' } : { id, target: `step ${id}`, before };
  });
}
