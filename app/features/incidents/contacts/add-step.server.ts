import type { Services } from '../../../lib/services.server.ts';
import { changeContacts, type Change, type ContactsOutcome } from './change-contacts.server.ts';
import type { StepInput } from './step-input.ts';
import { stepValues } from './step-row.server.ts';

const MOST = 50;

/** Adds a step to the end of the policy. */
export function addStep(
  services: Services,
  { input, ...change }: Change & { input: StepInput },
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'policy.add_step' }, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO escalation_steps (role, after_minutes, severities, causes, hosting, when_acknowledged, reason, position)
       SELECT $1, $2, $3, $4, $5, $6, $7, coalesce(max(position), 0) + 1
       FROM escalation_steps HAVING count(*) FILTER (WHERE removed_at IS NULL) < ${MOST}
       RETURNING id`,
      stepValues(input),
    );
    const [row] = rows;
    if (!row) return { outcome: 'too_many', most: MOST };
    return { id: row.id, target: `step ${row.id}`, after: input };
  });
}
