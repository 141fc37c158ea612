import type { Services } from '../../../lib/services.server.ts';

export type RestoreOutcome =
  { outcome: 'restored'; ids: number[] } | { outcome: 'actor_missing' } | { outcome: 'not_discarded' };

/** Takes a discard back: the entries are open dead letters again, under the same numbers. */
export async function restoreDeadLetters(
  services: Services,
  request: { ids: number[]; actor: string; reason?: string; now: Date },
): Promise<RestoreOutcome> {
  const actor = request.actor.trim();
  if (!actor) return { outcome: 'actor_missing' };
  const { rows } = await services.db.pool.query<{ id: number }>(
    `WITH restored AS (
       UPDATE deliveries d
       SET state = 'dead', discarded_by = NULL, discard_reason = NULL, finished_at = COALESCE(f.recorded_at, d.finished_at)
       FROM unnest($1::bigint[]) AS wanted (id) LEFT JOIN dashboard_facts f ON f.id = wanted.id
       WHERE d.state = 'discarded' AND d.dead_fact_id = wanted.id
       RETURNING d.seq, d.dead_fact_id
     ), told AS (
       INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
       SELECT 'support.webhook.restore', 'support', jsonb_build_object('deadLetter', dead_fact_id, 'seq', seq),
         jsonb_build_object('actor', $2::text, 'reason', $3::text), $4
       FROM restored ORDER BY seq
     )
     SELECT dead_fact_id AS id FROM restored ORDER BY dead_fact_id`,
    [request.ids, actor, request.reason?.trim() || null, request.now],
  );
  if (rows.length === 0) return { outcome: 'not_discarded' };
  services.changes.announce('page');
  return { outcome: 'restored', ids: rows.map((row) => row.id) };
}
