import type pg from 'pg';
import type { ReconciliationState } from './decide-reconciliation.ts';

/** Everything before it has been compared: each comparison begins where the one before it ended, or earlier. */
const THROUGH = `(SELECT max(until) FROM reconciliations WHERE state = 'done' AND cause <> 'gap')`;

/** Texts that were removed before they were read are not known, hence the oldest message that is. */
const BASELINE = `(SELECT received_at FROM webhook_events
  WHERE seq = COALESCE((SELECT min(seq) FROM inbox_messages), (SELECT min(seq) FROM webhook_events)))`;

/** What the decision to compare rests on. */
export async function readReconciliationState(
  db: Pick<pg.ClientBase, 'query'>,
): Promise<ReconciliationState> {
  const { rows } = await db.query<{
    baseline: Date | null;
    through: Date | null;
    started_at: Date | null;
    last: {
      id: number;
      state: 'running' | 'done' | 'failed';
      started_at: string;
      finished_at: string | null;
    } | null;
    recovered: { id: number; at: string } | null;
    wanted: Date | null;
  }>(
    `SELECT COALESCE(${BASELINE}, (SELECT registered_at FROM arrival_watch)) AS baseline, ${THROUGH} AS through,
       (SELECT compare_at FROM arrival_watch) AS wanted,
       (SELECT max(started_at) FROM processes WHERE last_seen > now() - interval '8 seconds') AS started_at,
       (SELECT to_json(r) FROM reconciliations r WHERE cause <> 'gap' ORDER BY id DESC LIMIT 1) AS last,
       (SELECT json_build_object('id', id, 'at', recovered_at) FROM incidents
        WHERE recovered_at IS NOT NULL AND drill_id IS NULL ORDER BY recovered_at DESC LIMIT 1) AS recovered`,
  );
  const { baseline, through, started_at: startedAt, last, recovered, wanted } = rows[0]!;
  return {
    baseline,
    through,
    startedAt,
    wanted,
    last: last && {
      id: last.id,
      state: last.state,
      startedAt: new Date(last.started_at),
      finishedAt: last.finished_at === null ? null : new Date(last.finished_at),
    },
    recovered: recovered && { incidentId: recovered.id, at: new Date(recovered.at) },
  };
}
