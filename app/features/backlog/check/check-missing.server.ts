import { failureWords } from '../../../lib/chatwoot/answer.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import { mergeSnapshots } from '../merge-snapshots.server.ts';
import type { CheckContext } from './check-lists.server.ts';
import { advanceCheck, recordFailure, type CheckRow } from './check-row.server.ts';
import { markGone } from './mark-gone.server.ts';

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
export async function checkMissing(context: CheckContext, row: CheckRow): Promise<boolean> {
  const { services, client, pace, now, signal } = context;
  const { db, config } = services;
  const { rows } = await db.pool.query<{ key: string; conversation_id: number }>(NEXT, [
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
