import { type ChatwootClient, openChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { failureWords, type ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import { callPatiently } from '../../../lib/chatwoot/pace.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { AssignmentItemOutcome } from './assignment-view.ts';
import { markGone } from '../check/check-row.server.ts';
import { mayTake } from '../../processes/liveness.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

/** After so many answers that may be different the next time an item has failed. */
const MOST_TRIES = 3;

/** A run belongs to a process as long as that process lives; see decision 1. */
const CLAIM = `
UPDATE assignment_runs SET owner = $1 WHERE id = (
  SELECT id FROM assignment_runs r WHERE state = 'running'
    AND ${mayTake('r.owner')}
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id`;

/**
 * Does what is left of the oldest run, conversation by conversation. Assigning is idempotent: what a killed process had
 * done but not noted is done again. Whoever was answered meanwhile is left alone.
 * @returns true when it has done something, so that there may be more
 */
export async function tickAssignments(services: Services, signal?: AbortSignal): Promise<boolean> {
  const { db, processId, changes } = services;
  const client = openChatwootClient(services, signal);
  if (!client) return false;
  const claimed = await db.pool.query<{ id: number }>(CLAIM, [processId]);
  const runId = claimed.rows[0]?.id;
  if (runId === undefined) return false;
  const { rows } = await db.pool.query<{
    key: string;
    conversation_id: ExactId;
    agent_id: ExactId;
    tries: number;
    waits: boolean;
  }>(
    `SELECT i.key, c.conversation_id, i.agent_id, i.tries, c.waiting_since IS NOT NULL AS waits
     FROM assignment_items i JOIN conversations c USING (key)
     WHERE i.run_id = $1 AND i.outcome IS NULL ORDER BY i.position LIMIT 1`,
    [runId],
  );
  const item = rows[0];
  if (!item) {
    await db.pool.query(
      `UPDATE assignment_runs SET state = 'done', finished_at = now() WHERE id = $1 AND state = 'running'
         AND NOT EXISTS (SELECT FROM assignment_items WHERE run_id = $1 AND outcome IS NULL)`,
      [runId],
    );
    changes.announce('page');
    return true;
  }
  const finish = async (outcome: AssignmentItemOutcome | null, detail: string | null) => {
    await db.pool.query(
      `UPDATE assignment_items SET tries = tries + 1, outcome = $3, detail = $4,
         finished_at = CASE WHEN $3::text IS NOT NULL THEN now() END
       WHERE run_id = $1 AND key = $2 AND (outcome IS NULL OR (outcome = 'cancelled' AND $3::text IS NOT NULL))`,
      [runId, item.key, outcome, detail],
    );
    changes.announce('page');
    return true;
  };
  if (!item.waits) return finish('answered_before', null);
  const hand = { conversationId: item.conversation_id, agentId: item.agent_id };
  const done = await handOver(client, hand, signal);
  if (signal?.aborted) return false;
  if (done.outcome === 'gone')
    await inTransaction(db.pool, (transaction) =>
      markGone(transaction, services.config, [item.key], services.db.clock.now()),
    );
  if (done.outcome !== 'unclear') return finish(done.outcome, done.detail);
  return finish(item.tries + 1 < MOST_TRIES ? null : 'failed', done.detail);
}

type HandedOver = { outcome: AssignmentItemOutcome | 'unclear'; detail: string | null };

/**
 * Assigns one conversation, and believes only what Chatwoot then says who has it: an agent who is unknown there takes it from
 * whoever has it, with a 200. Without a clear answer it is looked up: it may have been done all the same.
 */
async function handOver(
  client: ChatwootClient,
  { conversationId, agentId }: { conversationId: ExactId; agentId: ExactId },
  signal?: AbortSignal,
): Promise<HandedOver> {
  const before = await callPatiently(() => client.getConversation(conversationId), { signal });
  if (before.outcome === 'not_found') return { outcome: 'gone', detail: 'It was deleted in Chatwoot.' };
  if (before.outcome !== 'ok') return failed(before);
  const { status } = before.value;
  if (status !== 'open' && status !== 'pending')
    return { outcome: 'answered_before', detail: `It is ${status} in Chatwoot.` };
  const assigned: HandedOver = {
    outcome: 'assigned',
    detail:
      status === 'pending' ? 'It is still pending: a bot has it until somebody opens it in Chatwoot.' : null,
  };
  // An earlier try may have been obeyed without a clear answer: it is not repeated.
  if (before.value.assigneeId === agentId) return assigned;
  const answer = await callPatiently(() => client.assign(conversationId, agentId), { signal });
  if (answer.outcome === 'ok' && answer.value.assigneeId === agentId) return assigned;
  if (answer.outcome === 'ok')
    return { outcome: 'failed', detail: 'Chatwoot does not know that agent any more: nobody has it now.' };
  if (!mayPass(answer)) return failed(answer);
  const after = await callPatiently(() => client.getConversation(conversationId), { signal });
  return after.outcome === 'ok' && after.value.assigneeId === agentId ? assigned : failed(answer);
}

const failed = (failure: ChatwootFailure): HandedOver => ({
  outcome: mayPass(failure) ? 'unclear' : 'failed',
  detail: failureWords(failure),
});

const mayPass = ({ outcome }: ChatwootFailure) => outcome === 'unreachable' || outcome === 'throttled';
