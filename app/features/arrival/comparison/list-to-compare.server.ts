import type { ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import type { ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import { callPatiently } from '../../../lib/chatwoot/call-patiently.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import { mergeSnapshots } from '../../backlog/merge-snapshots.server.ts';
import { inboxNames, type ChatwootNames } from './lost-webhook.ts';

/** The two clocks may differ, and Chatwoot counts from the moment it is asked, ms. */
const MARGIN_MS = 60_000;

/**
 * Lists every conversation of Chatwoot that changed in the time, whatever its status: one answer, not paginated. The list
 * also brings the read-model up to date, because what changed without a message may have been lost as well.
 * @returns null when it is listed
 */
export async function listToCompare(
  services: Services,
  client: ChatwootClient,
  run: { id: number; since: Date },
  { now, signal }: { now: Date; signal?: AbortSignal },
): Promise<ChatwootFailure | null> {
  const updatedWithin = Math.ceil((now.getTime() - run.since.getTime() + MARGIN_MS) / 1000);
  const listed = await callPatiently(() => client.listConversations({ status: 'all', updatedWithin }), {
    signal,
  });
  if (listed.outcome !== 'ok') return listed;
  const names = await readNames(client, signal);
  await inTransaction(services.db.pool, async (transaction) => {
    await mergeSnapshots(transaction, services.config, listed.value, now);
    await transaction.query(
      `INSERT INTO reconciliation_items (reconciliation_id, conversation_id)
       SELECT $1, id FROM unnest($2::bigint[]) AS i(id) ON CONFLICT DO NOTHING`,
      [run.id, listed.value.map(({ id }) => id)],
    );
    await transaction.query(
      `UPDATE reconciliations SET listed_at = $2, names = $3 WHERE id = $1 AND state = 'running'`,
      [run.id, now, storableJson(names)],
    );
  });
  return null;
}

/** Only for the look of what is recovered: without them names are empty. */
async function readNames(client: ChatwootClient, signal?: AbortSignal): Promise<ChatwootNames> {
  const account = await callPatiently(() => client.accountName(), { signal });
  const inboxes = await callPatiently(() => client.listInboxes(), { signal });
  return {
    account: account.outcome === 'ok' ? account.value : '',
    inboxes: inboxes.outcome === 'ok' ? inboxNames(inboxes.value) : {},
  };
}
