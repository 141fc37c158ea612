import type { AuditAction } from '../../audit/audit-words.ts';
import type pg from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import type { ContactInput } from './contacts-input.ts';

export interface Change {
  actor: Actor;
  now: Date;
}

/** A change of something that has a version: the one that was looked at. */
export interface VersionedChange extends Change {
  id: number;
  version: number;
}

export type ContactsOutcome =
  | { outcome: 'changed'; id: number }
  /** Somebody changed or removed it since it was looked at. */
  | { outcome: 'changed_meanwhile' }
  | { outcome: 'too_many'; most: number };

interface Recorded {
  id: number;
  /** What is changed, as the audit log names it, e.g. `contact 3`. */
  target: string;
  /** Without secrets. */
  before?: unknown;
  after?: unknown;
}

/**
 * One change of contacts or policy, in one transaction with its audit row. Changes come one after the other, so that limits
 * and the order of steps hold; open incidents look at their ladder again, because who is to be told may be another now.
 */
export async function changeContacts(
  { db, changes }: Pick<Services, 'db' | 'changes'>,
  { action, actor, now }: Change & { action: AuditAction },
  work: (client: pg.PoolClient) => Promise<Recorded | Exclude<ContactsOutcome, { outcome: 'changed' }>>,
): Promise<ContactsOutcome> {
  const outcome = await inTransaction(db.pool, async (client): Promise<ContactsOutcome> => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('contacts'))");
    const done = await work(client);
    if ('outcome' in done) return done;
    await client.query(
      "UPDATE incidents SET next_step_at = least(next_step_at, $1) WHERE status IN ('open', 'acknowledged')",
      [now],
    );
    const { id, target, before, after } = done;
    await recordAudit(client, { actor, action, target, before, after, at: now });
    return { outcome: 'changed', id };
  });
  if (outcome.outcome === 'changed') changes.announce('page');
  return outcome;
}

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
