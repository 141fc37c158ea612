import type { Pool, PoolClient } from 'pg';
import {
  type FreshRefusals,
  freshRefusalsOf,
  type FreshRefusalsRow,
  freshRefusalsSql,
} from './fresh-refusals.ts';

/** What the Agent service has refused for good within the 10 minutes before `now`, and taken since. */
export async function readFreshRefusals(db: Pool | PoolClient, now: Date): Promise<FreshRefusals> {
  const { rows } = await db.query<FreshRefusalsRow>(freshRefusalsSql('$1'), [now]);
  return freshRefusalsOf(rows[0]!);
}
