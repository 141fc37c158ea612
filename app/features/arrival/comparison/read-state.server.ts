import type pg from 'pg';
import type { ReconciliationState } from './decide-reconciliation.ts';

/** Everything before it has been compared: each comparison begins where the one before it ended, or earlier. */
const THROUGH = `(SELECT max(until) FROM reconciliations WHERE state = 'done')`;

/** Texts that were removed before they were read are not known, hence the oldest message that is. */
const BASELINE = `(SELECT received_at FROM webhook_events
  WHERE seq = COALESCE((SELECT min(seq) FROM inbox_messages), (SELECT min(seq) FROM webhook_events)))`;

/** Refused for what may be wrong with us, or with the agreement between us: Chatwoot does not send it again. */
const REFUSED = `(SELECT max(bucket) FROM fact_rollups
  WHERE resolution = 'minute' AND metric = 'rejected' AND bucket > now() - interval '1 hour' AND label IN (
    'bad_signature', 'stale_signature', 'missing_signature', 'bad_token', 'missing_token', 'secrets_unreadable',
    'not_connected', 'too_large', 'unsupported_media_type', 'too_deep'))`;

/** What the decision to compare rests on. */
export async function readReconciliationState(
  db: Pick<pg.ClientBase, 'query'>,
): Promise<ReconciliationState> {
  const { rows } = await db.query<{
    baseline: Date | null;
    through: Date | null;
    started_at: Date | null;
    refused_at: Date | null;
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
       ${REFUSED} AS refused_at,
       (SELECT to_json(r) FROM reconciliations r ORDER BY id DESC LIMIT 1) AS last,
       (SELECT json_build_object('id', id, 'at', recovered_at) FROM incidents
        WHERE recovered_at IS NOT NULL AND drill_id IS NULL ORDER BY recovered_at DESC LIMIT 1) AS recovered`,
  );
  const {
    baseline,
    through,
    started_at: startedAt,
    refused_at: refusedAt,
    last,
    recovered,
    wanted,
  } = rows[0]!;
  return {
    baseline,
    through,
    startedAt,
    wanted,
    refusedAt,
    last: last && {
      id: last.id,
      state: last.state,
      startedAt: new Date(last.started_at),
      finishedAt: last.finished_at === null ? null : new Date(last.finished_at),
    },
    recovered: recovered && { incidentId: recovered.id, at: new Date(recovered.at) },
  };
}
