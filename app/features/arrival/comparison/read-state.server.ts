import type pg from 'pg';
import type { GapState } from './decide-gap.ts';
import type { ReconciliationState } from './decide-reconciliation.ts';

/** Everything before it has been compared: each comparison begins where the one before it ended, or earlier. */
const THROUGH = `(SELECT max(until) FROM reconciliations WHERE state = 'done' AND NOT partial)`;

/** Texts that were removed before they were read are not known, hence the oldest message that is. */
const KNOWN = `(SELECT received_at FROM webhook_events
  WHERE seq = COALESCE((SELECT min(seq) FROM inbox_messages), (SELECT min(seq) FROM webhook_events)))`;

/** Webhooks are missed from the moment of connecting, also where none has come yet. */
export const CONNECTED = `COALESCE((SELECT connected_at FROM chatwoot_connection), (SELECT registered_at FROM arrival_watch))`;

/** Where the first comparison begins; once something was compared, what is older than the known messages is nobody's to look for. */
const BASELINE = `CASE WHEN ${THROUGH} IS NULL THEN LEAST(${KNOWN}, ${CONNECTED}) ELSE COALESCE(${KNOWN}, ${CONNECTED}) END`;

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
    last: {
      id: number;
      state: 'running' | 'done' | 'failed';
      started_at: string;
      finished_at: string | null;
    } | null;
    recovered: { id: number; at: string } | null;
    wanted: Date | null;
  }>(
    `SELECT ${BASELINE} AS baseline, ${THROUGH} AS through,
       (SELECT compare_at FROM arrival_watch) AS wanted,
       (SELECT to_json(r) FROM reconciliations r WHERE NOT urgent ORDER BY id DESC LIMIT 1) AS last,
       (SELECT json_build_object('id', id, 'at', recovered_at) FROM incidents
        WHERE recovered_at IS NOT NULL AND drill_id IS NULL ORDER BY recovered_at DESC LIMIT 1) AS recovered`,
  );
  const { baseline, through, last, recovered, wanted } = rows[0]!;
  return {
    baseline,
    through,
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

/** Gaps that no comparison covers: one that reaches from their beginning to their end, or one of everything. */
const OPEN = `
SELECT CASE WHEN bool_and(g.began_at IS NOT NULL) THEN min(g.began_at) END AS began_at, max(g.ended_at) AS ended_at
FROM arrival_gaps g, state s
WHERE g.ended_at > s.baseline AND NOT EXISTS (
  SELECT FROM reconciliations r WHERE r.state = 'done' AND r.until >= g.ended_at
    AND (NOT r.partial OR r.since <= GREATEST(g.began_at, s.baseline)))`;

const GAP_STATE = `
WITH state AS MATERIALIZED (SELECT ${BASELINE} AS baseline, ${THROUGH} AS through, ${REFUSED} AS refused_at)
SELECT s.*, o.*,
  (SELECT max(until) FROM reconciliations WHERE state = 'done' AND since <= s.refused_at) AS refused_through,
  (SELECT to_json(r) FROM reconciliations r WHERE urgent ORDER BY id DESC LIMIT 1) AS last
FROM state s CROSS JOIN (${OPEN}) o`;

/** What the decision to compare a gap rests on. */
export async function readGapState(db: Pick<pg.ClientBase, 'query'>): Promise<GapState> {
  const { rows } = await db.query<{
    baseline: Date | null;
    through: Date | null;
    refused_at: Date | null;
    refused_through: Date | null;
    began_at: Date | null;
    ended_at: Date | null;
    last:
      | (Record<'since' | 'until' | 'started_at', string> & {
          id: number;
          state: 'running' | 'done' | 'failed';
          finished_at: string | null;
        })
      | null;
  }>({ name: 'gap-state', text: GAP_STATE });
  const { baseline, through, last, ...row } = rows[0]!;
  return {
    baseline,
    through,
    open: row.ended_at && { beganAt: row.began_at, endedAt: row.ended_at },
    refusedAt: row.refused_at,
    refusedThrough: row.refused_through,
    last: last && {
      id: last.id,
      state: last.state,
      since: new Date(last.since),
      until: new Date(last.until),
      startedAt: new Date(last.started_at),
      finishedAt: last.finished_at === null ? null : new Date(last.finished_at),
    },
  };
}
