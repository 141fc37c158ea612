import { failureWords, type ChatwootAnswer } from '../../lib/chatwoot/answer.ts';
import { callPatiently } from '../../lib/chatwoot/call-patiently.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { AssignmentItemOutcome } from './assignment-view.ts';
import { openChatwootClient } from './open-client.server.ts';

/** After so many answers that may be different the next time an item has failed. */
const MOST_TRIES = 3;

/** A run belongs to a process as long as that process lives; see decision 1. */
const CLAIM = `
UPDATE assignment_runs SET owner = $1 WHERE id = (
  SELECT id FROM assignment_runs r WHERE state = 'running'
    AND (owner IS NULL OR owner = $1 OR NOT EXISTS (
      SELECT FROM processes p WHERE p.id = r.owner AND p.last_seen > now() - interval '8 seconds'))
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
    conversation_id: number;
    agent_id: number;
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
       WHERE run_id = $1 AND key = $2 AND outcome IS NULL`,
      [runId, item.key, outcome, detail],
    );
    changes.announce('page');
    return true;
  };
  if (!item.waits) return finish('answered_before', null);
  const answer = await callPatiently(() => client.assign(item.conversation_id, item.agent_id), { signal });
  if (signal?.aborted) return false;
  if (answer.outcome === 'ok') return finish('assigned', null);
  const again = mayPass(answer) && item.tries + 1 < MOST_TRIES;
  return finish(again ? null : 'failed', failureWords(answer));
}

const mayPass = ({ outcome }: ChatwootAnswer<never>) => outcome === 'unreachable' || outcome === 'throttled';
