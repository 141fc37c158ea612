import type pg from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import {
  type Change,
  changeContacts,
  type ContactsOutcome,
  type VersionedChange,
} from './change-contacts.server.ts';
import type { StepInput } from './contacts-input.ts';
import { storableJson } from '../../../lib/storable.ts';

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

/** A step as the audit log keeps it. */
async function readStepForAudit(
  client: pg.ClientBase,
  id: number,
): Promise<(StepInput & { position: number }) | null> {
  const { rows } = await client.query<StepInput & { position: number }>(
    `SELECT position, role, after_minutes AS "afterMinutes", severities, causes, hosting,
       when_acknowledged AS "whenAcknowledged", reason
     FROM escalation_steps WHERE id = $1 AND removed_at IS NULL`,
    [id],
  );
  return rows[0] ?? null;
}

/** The columns of a step, in the order of `readStepForAudit` without the position. */
const stepValues = (input: StepInput): unknown[] => [
  input.role,
  input.afterMinutes,
  input.severities,
  input.causes,
  input.hosting,
  input.whenAcknowledged,
  input.reason,
];

/**
 * Gives a database the contacts, the policy and who is on call of another in place of its own. Not in one transaction: nobody may use
 * it yet.
 */
export async function copyPolicy(from: pg.Pool, to: pg.Pool): Promise<void> {
  await to.query('DELETE FROM escalation_steps');
  await to.query('DELETE FROM contacts');
  await to.query('DELETE FROM on_call_rotations');
  await to.query(
    'INSERT INTO contacts SELECT * FROM jsonb_populate_recordset(NULL::contacts, $1)',
    await rowsOf(from, 'contacts'),
  );
  await to.query(
    'INSERT INTO escalation_steps SELECT * FROM jsonb_populate_recordset(NULL::escalation_steps, $1)',
    await rowsOf(from, 'escalation_steps'),
  );
  await to.query(
    'INSERT INTO on_call_rotations SELECT * FROM jsonb_populate_recordset(NULL::on_call_rotations, $1)',
    await rowsOf(from, 'on_call_rotations'),
  );
  await to.query(
    'INSERT INTO on_call_overrides SELECT * FROM jsonb_populate_recordset(NULL::on_call_overrides, $1)',
    await rowsOf(from, 'on_call_overrides'),
  );
}

type Copied = 'contacts' | 'escalation_steps' | 'on_call_rotations' | 'on_call_overrides';

async function rowsOf(db: pg.Pool, table: Copied): Promise<[string]> {
  const { rows } = await db.query<{ row: unknown }>(`SELECT to_jsonb(t) AS row FROM ${table} t`);
  return [storableJson(rows.map(({ row }) => row))];
}
