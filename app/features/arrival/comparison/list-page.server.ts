import { failureWords } from '../../../lib/chatwoot/answer.ts';
import type { ChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import type { ChatwootConversation, ConversationPage } from '../../../lib/chatwoot/conversations.server.ts';
import { callPatiently } from '../../../lib/chatwoot/pace.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import { holdMessages } from '../../delivery/hold-messages.server.ts';
import { mergeSnapshots } from '../../waiting/apply-changes.server.ts';
import { type ChatwootNames, type ComparisonRun, inboxNames } from './lost-webhook.ts';
import { holdListed, noteBadPage, notePartOfPage, takeUpUncompared } from './uncompared.server.ts';

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
  const names = run.names ? null : await readNames(client, signal);
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
  const from = chatwootClock.there(run.pass === 1 ? run.list_since : run.list_began_at).getTime() - MARGIN_MS;
  const isOld = ({ lastActivityAt }: ChatwootConversation) =>
    lastActivityAt !== null && lastActivityAt.getTime() < from;
  const active = page.conversations.filter((conversation) => !isOld(conversation));
  const next = nextPage(
    { page: run.page, pass: run.pass, allCount: run.all_count },
    {
      size: page.conversations.length + page.unreadable,
      allCount: page.total,
      reachesEnd: page.conversations.length > 1 && page.conversations.slice(-2).every(isOld),
    },
  );
  await inTransaction(db.pool, async (transaction) => {
    // One that is gone on with: only now is it sure that Chatwoot answers, and that there is something to wait for.
    if (run.urgent && run.page === 1 && run.pass === 1) await holdMessages(transaction);
    await mergeSnapshots(transaction, config, active, now);
    // What was compared before a further gap, and was active in that, is compared again. A page may name one twice.
    await transaction.query(
      `INSERT INTO reconciliation_items (reconciliation_id, conversation_id)
       SELECT DISTINCT $1::bigint, id FROM unnest($2::bigint[]) AS i(id)
       ON CONFLICT (reconciliation_id, conversation_id) DO UPDATE SET checked_at = NULL`,
      [run.id, active.map(({ id }) => id)],
    );
    if (page.unreadable > 0) {
      const n = page.unreadable === 1 ? '1 conversation' : `${page.unreadable} conversations`;
      await notePartOfPage(transaction, run, `page ${run.page} of its list: ${n} without a number`, now);
    }
    if (next === 'listed') {
      const badPages = run.bad_pages + Number(page.unreadable > 0);
      if (!run.urgent) await takeUpUncompared(transaction, { ...run, bad_pages: badPages }, now);
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

export interface ListingState {
  page: number;
  /** 1: from the newest activity down to the beginning of the time. 2: what moved to the front meanwhile. */
  pass: number;
  /** How many conversations the list had with the page before; null: none was read. */
  allCount: number | null;
}

export interface ReadPage {
  /** Conversations on it. How many a page has is a setting of Chatwoot's. */
  size: number;
  /** Of the whole list; null when it does not say. */
  allCount: number | null;
  /** Its last two are older than what is looked for, so all that follows is: one alone may be odd. */
  reachesEnd: boolean;
}

/**
 * Where to go on. Pages shift while they are read: what becomes active moves to the front, so the first pages are read a
 * second time; what is deleted makes later ones move up, so as many pages are read again as may hold what moved.
 */
export function nextPage(state: ListingState, read: ReadPage): 'listed' | { page: number; pass: number } {
  const { page, pass, allCount } = state;
  const isLast = read.size === 0 || read.reachesEnd;
  if (isLast) return pass === 1 ? { page: 1, pass: 2 } : 'listed';
  const gone = allCount === null || read.allCount === null ? 0 : allCount - read.allCount;
  if (gone > 0 && page > 1) return { page: Math.max(1, page - Math.ceil(gone / read.size)), pass };
  return { page: page + 1, pass };
}

/**
 * Whether the token's owner sees everything. To an agent Chatwoot answers 200 with what that agent may see: compared with
 * that, messages of others would look as if they did not exist.
 * @returns null when so; else why not, in words
 */
export async function checkAccess(client: ChatwootClient, signal?: AbortSignal): Promise<string | null> {
  const answer = await callPatiently(() => client.access(), { signal });
  if (answer.outcome !== 'ok') return failureWords(answer);
  const { member, role, status } = answer.value;
  if (!member) return "the access token's owner is no member of the account";
  if (status !== null && status !== 'active') return `Chatwoot says that the account is ${status}`;
  if (role === 'administrator') return null;
  return `the access token's owner is ${role === null ? 'no administrator' : `of the role "${role}"`} and sees only a part: put an administrator's token into CHATWOOT_API_TOKEN`;
}
