import type { ChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { failureWords, type ChatwootAnswer } from '../../../lib/chatwoot/answer.ts';
import type { ConversationPage } from '../../../lib/chatwoot/conversations.server.ts';
import type { Pace } from '../../../lib/chatwoot/pace.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { mergeSnapshots } from '../apply-changes.server.ts';
import { advanceCheck, type CheckRow, recordFailure } from './check-row.server.ts';

export interface CheckContext {
  services: Services;
  client: ChatwootClient;
  pace: Pace;
  now: Date;
  signal?: AbortSignal;
}

/** Times that a page may fail before the one behind it is tried. */
const PATIENCE = 2;

/**
 * Reads the next page of Chatwoot's open, or pending, conversations. How many are on a page is Chatwoot's setting, and pages
 * shift while one reads: the list ends with an empty page, or with one that is the page before. A page that Chatwoot cannot
 * show is passed over when it can show the next.
 * @returns false when Chatwoot did not answer
 */
export async function checkLists(context: CheckContext, row: CheckRow): Promise<boolean> {
  const { services, client, pace, signal } = context;
  const status = row.step as 'open' | 'pending';
  const read = (page: number) =>
    pace.call(() => client.pageOfConversations({ status, page, sortBy: 'created_at_asc' }), signal);
  // Before the first page, so that "n of m" has its m from the beginning.
  const pending =
    row.step === 'open' && row.page === 0
      ? await pace.call(() => client.countConversations('pending'), signal)
      : null;
  let page = row.page + 1;
  let answer = await read(page);
  if (isBroken(answer) && row.failures >= PATIENCE) answer = await read((page += 1));
  if (answer.outcome !== 'ok') {
    await recordFailure(services, row, failureWords(answer));
    return false;
  }
  await take(context, row, answer.value, {
    page,
    pendingTotal: pending?.outcome === 'ok' ? pending.value : null,
  });
  return true;
}

const isBroken = (answer: ChatwootAnswer<unknown>) =>
  answer.outcome === 'unreachable' && /^it answered 5/.test(answer.detail);

async function take(
  { services: { db, config }, now }: CheckContext,
  row: CheckRow,
  { conversations, total, unreadable }: ConversationPage,
  { page, pendingTotal }: { page: number; pendingTotal: number | null },
): Promise<void> {
  const firstOfPage = conversations[0]?.id ?? null;
  const isOver = firstOfPage === null || firstOfPage === row.first_of_page;
  const totals = row.step === 'open' ? { openTotal: total, pendingTotal } : { pendingTotal: total };
  const skipped = page - row.page - 1 + unreadable;
  await inTransaction(db.pool, async (client) => {
    const advanced = await advanceCheck(
      client,
      row,
      isOver
        ? { step: row.step === 'open' ? 'pending' : 'missing', page: 0, ...totals, skipped, now }
        : { page, firstOfPage, counted: conversations.length, ...totals, skipped, now },
    );
    if (!advanced || isOver) return;
    const keys = await mergeSnapshots(client, config, conversations, now);
    await client.query('UPDATE conversations SET checked_at = $2 WHERE key = ANY($1::text[])', [
      keys,
      row.started_at,
    ]);
  });
}
