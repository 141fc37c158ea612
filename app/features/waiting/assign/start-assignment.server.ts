import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { maySee, MOST_ASSIGNED_AT_ONCE, readAssignable } from './plan-assignment.server.ts';
import { openChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { failureWords } from '../../../lib/chatwoot/answer.ts';
import { storableJson } from '../../../lib/storable.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

export type StartOutcome =
  | { outcome: 'started'; runId: number; count: number }
  | { outcome: 'nothing_chosen' }
  | { outcome: 'too_many' }
  | { outcome: 'agent_unknown' }
  | { outcome: 'may_not_see' }
  | { outcome: 'not_connected' }
  | { outcome: 'chatwoot_failed'; detail: string };

/**
 * Hands conversations to people, as a dry run showed it. Done in the background by whichever process gets to it; a
 * conversation that is being handed over by a run already is left to that one.
 */
export async function startAssignment(
  services: Services,
  wish: { pairs: readonly { key: string; agentId: ExactId }[]; actor: Actor; now: Date },
): Promise<StartOutcome> {
  const { pairs, actor, now } = wish;
  if (pairs.length === 0) return { outcome: 'nothing_chosen' };
  if (pairs.length > MOST_ASSIGNED_AT_ONCE) return { outcome: 'too_many' };
  const client = openChatwootClient(services);
  if (!client) return { outcome: 'not_connected' };
  const answer = await client.listAgents();
  if (answer.outcome !== 'ok') return { outcome: 'chatwoot_failed', detail: failureWords(answer) };
  const names = new Map(answer.value.map(({ id, name }) => [id, name]));
  if (pairs.some(({ agentId }) => !names.has(agentId))) return { outcome: 'agent_unknown' };
  const inboxes = await services.db.pool.query<{ key: string; inbox_id: ExactId | null }>(
    'SELECT key, inbox_id FROM conversations WHERE key = ANY($1::text[])',
    [pairs.map(({ key }) => key)],
  );
  const inboxOf = new Map(inboxes.rows.map((row) => [row.key, row.inbox_id]));
  const assignable = await readAssignable(client, [...inboxOf.values()]);
  if (assignable.outcome !== 'ok') return { outcome: 'chatwoot_failed', detail: failureWords(assignable) };
  if (pairs.some(({ key, agentId }) => !maySee(assignable.value, inboxOf.get(key) ?? null, agentId)))
    return { outcome: 'may_not_see' };
  const items = pairs.map(({ key, agentId }, position) => ({
    key,
    position,
    agent_id: agentId,
    agent_name: names.get(agentId)!,
  }));
  const outcome = await inTransaction(
    services.db.pool,
    async (transaction): Promise<StartOutcome> => {
      // Two people with the same list: the second finds what the first has taken.
      await transaction.query('LOCK TABLE assignment_runs IN SHARE ROW EXCLUSIVE MODE');
      const run = await transaction.query<{ id: number }>(
        'INSERT INTO assignment_runs (created_at, created_by) VALUES ($1, $2) RETURNING id',
        [now, actor.name],
      );
      const runId = run.rows[0]!.id;
      const added = await transaction.query<{ key: string; agent_id: ExactId }>(
        `INSERT INTO assignment_items (run_id, key, position, agent_id, agent_name)
         SELECT $1, i.key, min(i.position), (array_agg(i.agent_id))[1], (array_agg(i.agent_name))[1]
         FROM json_to_recordset($2::json) AS i(key text, position int, agent_id bigint, agent_name text)
         JOIN conversations c ON c.key = i.key
         WHERE NOT EXISTS (SELECT FROM assignment_items o JOIN assignment_runs r ON r.id = o.run_id
           WHERE o.key = i.key AND o.outcome IS NULL AND r.state IN ('running', 'paused'))
         GROUP BY i.key RETURNING key, agent_id`,
        [runId, storableJson(items)],
      );
      if (added.rows.length === 0) return { outcome: 'nothing_chosen' };
      await recordAudit(transaction, {
        actor,
        action: 'backlog.assign',
        target: `assignment ${runId}`,
        after: { conversations: added.rows.map(({ key, agent_id }) => `${key} to agent ${agent_id}`) },
        at: now,
      });
      return { outcome: 'started', runId, count: added.rows.length };
    },
    ({ outcome }) => outcome !== 'started',
  );
  if (outcome.outcome === 'started') {
    services.changes.announce('work');
    services.changes.announce('page');
  }
  return outcome;
}

const VERBS = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
} as const;
export type AssignmentVerb = keyof typeof VERBS;

/** What somebody may ask of a run; null for anything else. */
export const assignmentVerb = (text: string | null): AssignmentVerb | null =>
  text !== null && Object.hasOwn(VERBS, text) ? (text as AssignmentVerb) : null;

/** Pauses, resumes or cancels what hands conversations to people. The one that is being handed over just then still is. */
export async function controlAssignment(
  services: Services,
  { runId, verb, actor, now }: { runId: number; verb: AssignmentVerb; actor: Actor; now: Date },
): Promise<{ outcome: 'paused' | 'running' | 'cancelled' | 'not_changed' }> {
  const { from, to } = VERBS[verb];
  const changed = await inTransaction(services.db.pool, async (transaction) => {
    const run = await transaction.query(
      `UPDATE assignment_runs SET state = $3, finished_at = CASE WHEN $3 = 'cancelled' THEN $4::timestamptz END
       WHERE id = $1 AND state = ANY($2::text[])`,
      [runId, [...from], to, now],
    );
    if (run.rowCount !== 1) return false;
    if (to === 'cancelled')
      await transaction.query(
        `UPDATE assignment_items SET outcome = 'cancelled', finished_at = $2 WHERE run_id = $1 AND outcome IS NULL`,
        [runId, now],
      );
    await recordAudit(transaction, {
      actor,
      action: 'backlog.assign',
      target: `assignment ${runId}`,
      after: { state: to },
      at: now,
    });
    return true;
  });
  if (!changed) return { outcome: 'not_changed' };
  services.changes.announce('work');
  services.changes.announce('page');
  return { outcome: to };
}
