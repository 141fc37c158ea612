import type { Services } from '../../../lib/services.server.ts';
import { changeContacts, type ContactsOutcome, type VersionedChange } from './change-contacts.server.ts';
import type { StepInput } from './step-input.ts';
import { readStepForAudit, stepValues } from './step-row.server.ts';

/** Changes a step; incidents for which it was taken are not told again. */
export function editStep(
  services: Services,
  { id, version, input, ...change }: VersionedChange & { input: StepInput },
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'policy.edit_step' }, async (client) => {
    const before = await readStepForAudit(client, id);
    const { rowCount } = await client.query(
      `UPDATE escalation_steps SET role = $3, after_minutes = $4, severities = $5, causes = $6, hosting = $7,
         when_acknowledged = $8, reason = $9, version = version + 1
       WHERE id = $1 AND version = $2 AND removed_at IS NULL`,
      [id, version, ...stepValues(input)],
    );
    if (rowCount === 0) return { outcome: 'changed_meanwhile' };
    return { id, target: `step ${id}`, before, after: input };
  });
}
