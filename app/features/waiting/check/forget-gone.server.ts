import type pg from 'pg';
import type { ChatwootAgent } from '../../../lib/chatwoot/people.server.ts';
import { CHATWOOT_AHEAD } from '../../../lib/chatwoot/clock.server.ts';
import type { Config } from '../../../lib/settings/config.ts';
import { lockConversations, recomputeWaits } from '../recompute-waits.server.ts';

/**
 * Chatwoot does not have these conversations any more: nobody waits there, and nobody was answered. In the caller's
 * transaction. A newer account of one, after a restore there, brings it back.
 * @param keys of conversations that Chatwoot answered 404 to
 */
export async function markGone(
  client: pg.ClientBase,
  config: Pick<Config, 'SLA_FIRST_RESPONSE'>,
  keys: readonly string[],
  now: Date,
): Promise<void> {
  await lockConversations(client, keys);
  await client.query(
    `UPDATE waits w SET ended_at = $2::timestamptz + ${CHATWOOT_AHEAD}, gone = true FROM conversations c
     WHERE w.key = ANY($1::text[]) AND c.key = w.key AND c.waiting_since = w.since`,
    [keys, now],
  );
  await client.query(
    'UPDATE conversations SET gone_at = $2 WHERE key = ANY($1::text[]) AND gone_at IS NULL',
    [keys, now],
  );
  await recomputeWaits(client, keys, config.SLA_FIRST_RESPONSE / 1000);
}

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
