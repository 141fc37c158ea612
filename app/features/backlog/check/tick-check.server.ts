import { failureWords } from '../../../lib/chatwoot/answer.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import { fillReplies } from '../fill-replies.server.ts';
import { checkLists, type CheckContext } from './check-lists.server.ts';
import { checkMissing } from './check-missing.server.ts';
import {
  advanceCheck,
  CHECK_EVERY_MS,
  claimCheck,
  recordFailure,
  type CheckRow,
} from './check-row.server.ts';
import { forgetAgents } from './forget-agents.server.ts';

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
    await transaction.query(
      'UPDATE backlog_checks SET finished_at = $2, owner = NULL, problem = NULL WHERE id = $1 AND finished_at IS NULL',
      [row.id, now],
    );
  });
  services.changes.announce('page');
  return false;
}
