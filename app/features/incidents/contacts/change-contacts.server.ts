import type pg from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';

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
  { action, actor, now }: Change & { action: string },
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
