import type pg from 'pg';
import type { ChatwootAgent } from '../../../lib/chatwoot/agents.server.ts';

/** Who is no agent of the account any more has no conversations: Chatwoot takes them away without saying so. */
export async function forgetAgents(
  db: pg.ClientBase | pg.Pool,
  known: readonly ChatwootAgent[],
): Promise<void> {
  await db.query(
    `UPDATE conversations SET assignee_id = NULL, assignee_kind = NULL, assignee_name = NULL
     WHERE assignee_kind = 'agent' AND assignee_id <> ALL($1::bigint[])`,
    [known.map(({ id }) => id)],
  );
}
