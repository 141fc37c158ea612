import type { PoolClient } from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { MAX_AUDITED, targetOf } from './audited-entries.ts';
import { insertFacts } from '../../facts/fact-sql.ts';

export type RestoreOutcome = { outcome: 'restored'; ids: number[] } | { outcome: 'not_discarded' };

interface RestoreRequest {
  ids: number[];
  actor: Actor;
  reason?: string;
  now: Date;
}

/**
 * Takes a discard back: the entries are open dead letters again, under the same numbers. Not when the message was removed
 * after the retention time: there would be nothing left to deliver.
 */
export async function restoreDeadLetters(
  services: Services,
  request: RestoreRequest,
): Promise<RestoreOutcome> {
  const ids = await inTransaction(services.db.pool, (client) => restore(client, request));
  if (ids.length === 0) return { outcome: 'not_discarded' };
  services.changes.announce('page');
  return { outcome: 'restored', ids };
}

async function restore(client: PoolClient, request: RestoreRequest): Promise<number[]> {
  const { actor, now } = request;
  const reason = request.reason?.trim() || null;
  const { rows } = await client.query<{ id: number; by: string; why: string }>(
    `WITH discarded AS (
       SELECT d.seq, d.dead_fact_id, d.discarded_by, d.discard_reason,
         COALESCE(f.recorded_at, d.finished_at) AS dead_at
       FROM deliveries d LEFT JOIN dashboard_facts f ON f.id = d.dead_fact_id
       WHERE d.state = 'discarded' AND d.dead_fact_id = ANY($1::bigint[]) AND d.text_removed_at IS NULL
       ORDER BY d.seq FOR UPDATE OF d
     ), restored AS (
       UPDATE deliveries d
       SET state = 'dead', discarded_by = NULL, discard_reason = NULL, finished_at = x.dead_at
       FROM discarded x
       WHERE d.seq = x.seq AND d.state = 'discarded' AND d.dead_fact_id = x.dead_fact_id
       RETURNING d.seq, d.dead_fact_id, x.discarded_by, x.discard_reason
     ), told AS (
       ${insertFacts('support.webhook.restore', {
         value: "jsonb_build_object('deadLetter', dead_fact_id, 'seq', seq)",
         metadata: "jsonb_build_object('actor', $2::text, 'reason', $3::text)",
         at: '$4',
       })}
       FROM restored ORDER BY seq
     )
     SELECT dead_fact_id AS id, discarded_by AS by, discard_reason AS why FROM restored ORDER BY dead_fact_id`,
    [request.ids, actor.name, reason, now],
  );
  const ids = rows.map((row) => row.id);
  if (rows.length > 0)
    await recordAudit(client, {
      actor,
      action: 'dead_letters.restore',
      target: targetOf(ids, ids.length),
      before: { state: 'discarded', count: ids.length, discards: rows.slice(0, MAX_AUDITED) },
      after: { state: 'dead', count: ids.length },
      reason,
      at: now,
    });
  return ids;
}
