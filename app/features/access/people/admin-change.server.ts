import type pg from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Actor } from '../../audit/actor.ts';

/** Why a change of people was undone as a whole. */
export type AdminRefusal =
  /** The app must keep an admin who can sign in. */
  | { outcome: 'last_admin' }
  /** Who asked for it has lost the role, or the access, since the request was let in. */
  | { outcome: 'no_longer_admin' };

/**
 * One change of people, links or tokens at a time, by somebody who is still an admin when it is their turn; undone when it
 * would leave the app without an admin. Two admins who deactivate each other at once: the second one is not one any more.
 * @param done the outcomes that are kept; all others undo what `work` did
 */
export async function adminChange<T extends { outcome: string }>(
  pool: pg.Pool,
  { actor, done }: { actor: Actor; done: readonly T['outcome'][] },
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T | AdminRefusal> {
  return inTransaction(
    pool,
    async (client): Promise<T | AdminRefusal> => {
      await lockPeople(client);
      if (!(await isStillAdmin(client, actor))) return { outcome: 'no_longer_admin' };
      const outcome = await work(client);
      const { rowCount } = await client.query(
        `SELECT 1 FROM people WHERE role = 'admin' AND deactivated_at IS NULL LIMIT 1`,
      );
      return rowCount === 0 ? { outcome: 'last_admin' } : outcome;
    },
    ({ outcome }) => !done.includes(outcome),
  );
}

/** Operators and the app itself are not among the people: they are asked for nothing. */
async function isStillAdmin(client: pg.ClientBase, { id }: Actor): Promise<boolean> {
  if (!id.startsWith('person:')) return true;
  const { rowCount } = await client.query(
    `SELECT 1 FROM people WHERE 'person:' || id = $1 AND role = 'admin' AND deactivated_at IS NULL`,
    [id],
  );
  return rowCount === 1;
}

/** Any constant of our own will do. */
const PEOPLE_LOCK = 7_204_118_002;

/** Lets one change of who is admin happen at a time: two admins may not take the role from each other at once. */
export async function lockPeople(client: pg.ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [PEOPLE_LOCK]);
}
