import pg, { type Pool } from 'pg';
import { inSmallSteps } from '../../lib/database/write-in-parts.server.ts';
import { factType } from './record-fact.server.ts';
import type { FactType } from './fact-types.ts';

const DAY_MS = 86_400_000;

/** The ends of the audit log's chain prove it for as long as it is kept: for ever. */
const KEPT_FOR_EVER: FactType[] = ['support.audit.head'];

/** Every type there is, by a walk from one to the next down the index. */
const TYPES = `
WITH RECURSIVE types AS (
  (SELECT fact_type FROM dashboard_facts ORDER BY fact_type LIMIT 1)
  UNION ALL
  SELECT (SELECT fact_type FROM dashboard_facts f WHERE f.fact_type > t.fact_type ORDER BY fact_type LIMIT 1)
  FROM types t WHERE t.fact_type IS NOT NULL
)
SELECT fact_type FROM types WHERE fact_type <> ALL($1)`;

/** The trigger that keeps facts from being changed lets only this through, until the transaction ends. */
const MAY_CHANGE = "SELECT set_config('outage_center.retention', 'on', true)";

/**
 * A dead letter that is still open is known by its fact. A step begins where the one before ended: from the start of the index
 * each had to pass by all that was removed since the last vacuum.
 */
const REMOVE = `
WITH gone AS (
  DELETE FROM dashboard_facts WHERE (${MAY_CHANGE}) = 'on' AND id = ANY(ARRAY(
    SELECT id FROM dashboard_facts f WHERE fact_type = $1 AND recorded_at >= $2 AND recorded_at < $3
      AND NOT EXISTS (SELECT FROM deliveries d WHERE d.state = 'dead' AND d.dead_fact_id = f.id)
    ORDER BY recorded_at LIMIT $4))
  RETURNING recorded_at
)
SELECT count(*)::int AS removed, max(recorded_at) AS last FROM gone`;

/**
 * Removes facts older than `retentionDays`, oldest first. Counts over time and the ledger do not read them.
 * @param options.retentionDays 0 keeps everything
 * @param options.forMs goes on no longer than this, ms: the rest is left to the next run
 * @returns how many facts went
 */
export async function removeFacts(
  pool: pg.Pool,
  { retentionDays, now, forMs }: { retentionDays: number; now: Date; forMs: number },
): Promise<number> {
  if (retentionDays === 0) return 0;
  const cutoff = new Date(now.getTime() - retentionDays * DAY_MS);
  const until = performance.now() + forMs;
  const { rows } = await pool.query<{ fact_type: string }>(TYPES, [KEPT_FOR_EVER]);
  let removed = 0;
  for (const { fact_type: type } of rows) {
    if (performance.now() >= until) break;
    let from = new Date(0);
    await inSmallSteps(async (facts) => {
      const values = [type, from, cutoff, facts];
      const step = (await pool.query<{ removed: number; last: Date | null }>(REMOVE, values)).rows[0]!;
      removed += step.removed;
      from = step.last ?? from;
      return step.removed === facts;
    }, until);
  }
  return removed;
}

/** Removes the copies of what was received from dead letter facts, in the transaction that removes it itself. */
export async function removePayloads(client: pg.ClientBase, seqs: readonly number[]): Promise<void> {
  await client.query(MAY_CHANGE);
  await client.query(
    `UPDATE dashboard_facts
     SET value = jsonb_set(value, '{payload}', jsonb_build_object('event', metadata->'event', 'removed', true))
     WHERE fact_type = ${factType('support.webhook.dead_letter')} AND (metadata->>'seq')::bigint = ANY($1::bigint[])`,
    [seqs],
  );
}

/** How long each resolution is kept: longer than anything that reads it looks back. Totals stay. */
const KEPT = { second: '10 minutes', minute: '8 days', ten_minutes: '60 days', hour: '1100 days' };

/**
 * Deletes counts that nothing reads any more.
 * @returns how many rows went
 */
export async function pruneRollups(pool: Pool, now: Date): Promise<number> {
  let pruned = 0;
  for (const [resolution, kept] of Object.entries(KEPT)) {
    await inSmallSteps(async (counts) => {
      const { rowCount } = await pool.query(
        `DELETE FROM fact_rollups WHERE ctid = ANY(ARRAY(
           SELECT ctid FROM fact_rollups
           WHERE resolution = $1 AND bucket < $2::timestamptz - $3::interval LIMIT $4))`,
        [resolution, now, kept, counts],
      );
      pruned += rowCount ?? 0;
      return rowCount === counts;
    });
  }
  return pruned;
}
