import type pg from 'pg';
import { failureWords } from '../../../lib/chatwoot/answer.ts';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { mergeSnapshots } from '../apply-changes.server.ts';
import { fillReplies } from '../fill-replies.server.ts';
import { type CheckContext, checkLists } from './check-lists.server.ts';
import {
  advanceCheck,
  CHECK_EVERY_MS,
  type CheckRow,
  claimCheck,
  forgetAgents,
  markGone,
  recordFailure,
} from './check-row.server.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

/**
 * One step of the check of what waits against Chatwoot's own lists: a page, or one conversation. Everything read is on record
 * with its step, so that any process can go on.
 * @param everyMs how old the last check may be; every 15 minutes when left out
 * @returns true when there is more to do at once
 */
export async function tickCheck(context: CheckContext, everyMs = CHECK_EVERY_MS): Promise<boolean> {
  const { services, now, signal } = context;
  const row = await claimCheck(services, { everyMs, now });
  if (!row || signal?.aborted) return false;
  switch (row.step) {
    case 'open':
    case 'pending':
      return checkLists(context, row);
    case 'missing':
      return checkMissing(context, row);
    case 'messages':
      return checkMessages(context, row);
  }
}

/** What the lists did not tell; then it is known who waits. @returns true when there is more to ask */
async function checkMessages(context: CheckContext, row: CheckRow): Promise<boolean> {
  const { services, client, pace, now, signal } = context;
  const filled = await fillReplies(context);
  if (filled === 'failed') return false;
  if (filled === 'more') return advanceCheck(services.db.pool, row, { now });
  const agents = await pace.call(() => client.listAgents(), signal);
  if (agents.outcome !== 'ok') {
    await recordFailure(services, row, failureWords(agents));
    return false;
  }
  await inTransaction(services.db.pool, async (transaction) => {
    // Before the conversations: the projection takes its row and theirs in this order as well.
    await transaction.query('UPDATE backlog_projection SET listed_at = COALESCE(listed_at, $1)', [now]);
    await forgetAgents(transaction, agents.value);
    await forgetOtherAccounts(services, transaction, now);
    await transaction.query(
      'UPDATE backlog_checks SET finished_at = $2, owner = NULL, problem = NULL WHERE id = $1 AND finished_at IS NULL',
      [row.id, now],
    );
  });
  services.changes.announce('page');
  return false;
}

/** What was open in the account that this app was connected to before is nobody's here: its numbers are other conversations now. */
async function forgetOtherAccounts({ config }: Services, client: pg.ClientBase, now: Date): Promise<void> {
  const { rows } = await client.query<{ key: string }>(
    `SELECT key FROM conversations WHERE account <> $1 AND gone_at IS NULL AND status IN ('open', 'pending') ORDER BY key`,
    [config.connection!.accountId],
  );
  const keys = rows.map(({ key }) => key);
  if (keys.length > 0) await markGone(client, config, keys, now);
}

/** Times that a conversation may fail before it is left as it is until the next check. */
const PATIENCE = 2;

/** Open for us, in neither list, and nothing was heard of it since the check began. */
const NEXT = `
SELECT key, conversation_id FROM conversations
WHERE status IN ('open', 'pending') AND gone_at IS NULL AND account = $1
  AND checked_at IS DISTINCT FROM $2 AND seen_at < $2
ORDER BY waiting_since NULLS LAST, key LIMIT 1`;

/**
 * Asks for the next conversation that is open for us and was in neither list: it was resolved, moved between two pages, or is
 * gone. A list alone proves nothing.
 * @returns false when Chatwoot did not answer
 */
async function checkMissing(context: CheckContext, row: CheckRow): Promise<boolean> {
  const { services, client, pace, now, signal } = context;
  const { db, config } = services;
  const { rows } = await db.pool.query<{ key: string; conversation_id: ExactId }>(NEXT, [
    config.connection?.accountId ?? '',
    row.started_at,
  ]);
  const one = rows[0];
  if (!one) return advanceCheck(db.pool, row, { step: 'messages', page: 0, now });
  const answer = await pace.call(() => client.getConversation(one.conversation_id), signal);
  const isGone = answer.outcome === 'not_found';
  if (answer.outcome !== 'ok' && !isGone && row.failures < PATIENCE) {
    await recordFailure(services, row, failureWords(answer));
    return false;
  }
  await inTransaction(db.pool, async (transaction) => {
    const left = answer.outcome !== 'ok' && !isGone;
    if (!(await advanceCheck(transaction, row, { gone: Number(isGone), skipped: Number(left), now }))) return;
    if (isGone) await markGone(transaction, config, [one.key], now);
    if (answer.outcome === 'ok') await mergeSnapshots(transaction, config, [answer.value], now);
    await transaction.query('UPDATE conversations SET checked_at = $2 WHERE key = $1', [
      one.key,
      row.started_at,
    ]);
  });
  return true;
}
