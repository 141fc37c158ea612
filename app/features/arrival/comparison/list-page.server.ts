import type { ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import { failureWords } from '../../../lib/chatwoot/answer.ts';
import { callPatiently } from '../../../lib/chatwoot/call-patiently.server.ts';
import type { ChatwootConversation, ConversationPage } from '../../../lib/chatwoot/conversations.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import { holdMessages } from '../../delivery/hold-messages.server.ts';
import { mergeSnapshots } from '../../backlog/merge-snapshots.server.ts';
import { checkAccess } from './check-access.server.ts';
import type { ComparisonRun } from './comparison-run.ts';
import { holdListed } from './hold-newer.server.ts';
import { inboxNames, type ChatwootNames } from './lost-webhook.ts';
import { nextPage } from './next-page.ts';
import { noteBadPage, takeUpUncompared } from './uncompared.server.ts';

/** Chatwoot counts activity by the second, and a conversation may change while its page is made, ms. */
const MARGIN_MS = 5000;
/** One page that cannot be read stops nothing; so many are an outage. */
const MOST_BAD_PAGES = 10;

/**
 * Reads the next page of Chatwoot's conversations, newest activity first, whatever their status, and notes those that were
 * active in the time. The answer without pages (`updated_within`) is never asked for: with many conversations it does not
 * come in time. The pages also bring the read-model up to date.
 * @returns null when it is read, or why Chatwoot could not be asked
 */
export async function listPage(
  services: Services,
  client: ChatwootClient,
  run: ComparisonRun,
  { now, signal }: { now: Date; signal?: AbortSignal },
): Promise<string | null> {
  if (run.page === 1 && run.pass === 1) {
    const problem = await checkAccess(client, signal);
    if (problem) return problem;
  }
  const ask = () =>
    client.pageOfConversations({ status: 'all', sortBy: 'last_activity_at_desc', page: run.page });
  let answer = await callPatiently(ask, { signal });
  if (answer.outcome === 'unreachable') answer = await callPatiently(ask, { signal });
  if (answer.outcome !== 'ok') {
    const problem = failureWords(answer);
    const isAlone = answer.outcome === 'unreachable' && run.bad_pages < MOST_BAD_PAGES;
    if (!isAlone || signal?.aborted || (await checkAccess(client, signal)) !== null) return problem;
    await noteBadPage(services.db.pool, run, `page ${run.page} of its list: ${problem}`, now);
    return null;
  }
  const names = run.page === 1 && run.pass === 1 ? await readNames(client, signal) : null;
  await savePage(services, run, answer.value, names, now);
  return null;
}

async function savePage(
  services: Services,
  run: ComparisonRun,
  page: ConversationPage,
  names: ChatwootNames | null,
  now: Date,
): Promise<void> {
  const { chatwootClock, config, db } = services;
  // The second pass goes back to what moved to the front since the first began.
  const from = chatwootClock.there(run.pass === 1 ? run.since : run.started_at).getTime() - MARGIN_MS;
  const isOld = ({ lastActivityAt }: ChatwootConversation) =>
    lastActivityAt !== null && lastActivityAt.getTime() < from;
  const active = page.conversations.filter((conversation) => !isOld(conversation));
  const next = nextPage(
    { page: run.page, pass: run.pass, allCount: run.all_count },
    {
      size: page.conversations.length,
      allCount: page.total,
      reachesEnd: page.conversations.length > 1 && page.conversations.slice(-2).every(isOld),
    },
  );
  await inTransaction(db.pool, async (transaction) => {
    // One that is gone on with: only now is it sure that Chatwoot answers, and that there is something to wait for.
    if (run.urgent && run.page === 1 && run.pass === 1) await holdMessages(transaction);
    await mergeSnapshots(transaction, config, active, now);
    await transaction.query(
      `INSERT INTO reconciliation_items (reconciliation_id, conversation_id)
       SELECT $1, id FROM unnest($2::bigint[]) AS i(id) ON CONFLICT DO NOTHING`,
      [run.id, active.map(({ id }) => id)],
    );
    if (next === 'listed') {
      if (!run.urgent) await takeUpUncompared(transaction, run, now);
      await holdListed(transaction, config.connection!.accountId, run.id);
    }
    await transaction.query(
      `UPDATE reconciliations SET page = $2, pass = $3, all_count = $4, names = COALESCE($5, names),
         listed_at = CASE WHEN $6 THEN $7::timestamptz END
       WHERE id = $1 AND state = 'running'`,
      [
        run.id,
        next === 'listed' ? run.page : next.page,
        next === 'listed' ? run.pass : next.pass,
        page.total,
        names && storableJson(names),
        next === 'listed',
        now,
      ],
    );
  });
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
