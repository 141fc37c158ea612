import type pg from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { holdMessages } from '../../delivery/hold-messages.server.ts';
import { mayTake } from '../../processes/liveness.ts';
import { decideGap, type DueGap, type GapState } from './decide-gap.ts';
import { BASELINE, resume, THROUGH } from './start-reconciliation.server.ts';

/**
 * Starts the comparison of a gap, has the one that runs take it in, or goes on with one that failed. It goes before any
 * other, which waits meanwhile.
 */
export async function startDueGap(services: Services, now: Date): Promise<void> {
  const decision = decideGap(await readGapState(services.db.pool), now);
  if (decision.due === 'resume')
    await resume(services.db.pool, {
      id: decision.id,
      from: 'failed',
      settleMs: services.config.RECONCILE_SETTLE,
      now,
    });
  if (decision.due === 'widen') await widen(services, decision, now);
  if (decision.due === 'new') await begin(services, decision, now);
}

type Due<K extends DueGap['due']> = Extract<DueGap, { due: K }>;

async function begin({ db }: Services, { since, until, partial }: Due<'new'>, now: Date): Promise<void> {
  await inTransaction(
    db.pool,
    async (transaction) => {
      await holdMessages(transaction);
      const { rowCount } = await transaction.query(
        `INSERT INTO reconciliations (since, until, cause, started_at, urgent, partial)
         VALUES ($1, $2, 'recovery', $3, true, $4) ON CONFLICT DO NOTHING`,
        [since, until, now, partial],
      );
      return (rowCount ?? 0) > 0;
    },
    (started) => !started,
  );
}

/**
 * What was compared stays compared, but for what was active since then: the list is read again, down to where the time before
 * ended, so that nothing lies between. A listing that has not come to its end goes on where that is enough; what moved to the
 * front meanwhile is seen by its second pass.
 */
const WIDEN = `
UPDATE reconciliations r SET state = 'running', owner = CASE WHEN r.state = 'running' THEN r.owner END,
  finished_at = NULL, detail = NULL, since = LEAST(since, $3), until = GREATEST(until, $4), partial = partial AND $5,
  page = CASE WHEN w.anew OR pass = 2 THEN 1 ELSE page END, pass = CASE WHEN w.anew THEN 1 ELSE pass END,
  all_count = CASE WHEN w.anew OR pass = 2 THEN NULL ELSE all_count END,
  list_since = CASE WHEN w.anew THEN w.list_since ELSE r.list_since END,
  list_began_at = CASE WHEN w.anew THEN $6 ELSE r.list_began_at END, listed_at = NULL
FROM (
  SELECT id, LEAST($3, until, CASE WHEN listed_at IS NULL THEN list_since END) AS list_since,
    listed_at IS NOT NULL OR LEAST($3, until) < COALESCE(list_since, since) AS anew
  FROM reconciliations WHERE id = $2 FOR UPDATE
) w
WHERE r.id = w.id AND (state = 'failed' OR state = 'running' AND ${mayTake('r.owner')})`;

/** Only whoever compares: nobody else may change where it is. */
async function widen(
  { db, processId, log }: Services,
  { id, since, until, partial }: Due<'widen'>,
  now: Date,
): Promise<void> {
  const isDone = await inTransaction(
    db.pool,
    async (transaction) => {
      await holdMessages(transaction);
      const { rowCount } = await transaction.query(WIDEN, [processId, id, since, until, partial, now]);
      return (rowCount ?? 0) > 0;
    },
    (done) => !done,
  );
  if (isDone) log.info({ comparison: id, since, until }, 'a further gap is compared with the one before');
}

/** Refused for what may be wrong with us, or with the agreement between us: Chatwoot does not send it again. */
const REFUSED = `(SELECT max(bucket) FROM fact_rollups
  WHERE resolution = 'minute' AND metric = 'rejected' AND bucket > now() - interval '1 hour' AND label IN (
    'bad_signature', 'stale_signature', 'missing_signature', 'bad_token', 'missing_token', 'secrets_unreadable',
    'not_connected', 'too_large', 'unsupported_media_type', 'too_deep'))`;

/** Gaps that no comparison covers: one that reaches from their beginning to their end, or one of everything. */
const openGaps = (covering: string) => `
SELECT CASE WHEN bool_and(g.began_at IS NOT NULL) THEN min(g.began_at) END AS began_at, max(g.ended_at) AS ended_at
FROM arrival_gaps g, state s
WHERE g.ended_at > s.baseline AND NOT EXISTS (
  SELECT FROM reconciliations r WHERE ${covering} AND r.until >= g.ended_at
    AND (NOT r.partial OR r.since <= GREATEST(g.began_at, s.baseline)))`;

const GAP_STATE = `
WITH state AS MATERIALIZED (SELECT ${BASELINE} AS baseline, ${THROUGH} AS through, ${REFUSED} AS refused_at),
  latest AS MATERIALIZED (SELECT * FROM reconciliations WHERE urgent ORDER BY id DESC LIMIT 1)
SELECT s.*, (SELECT to_json(o) FROM (${openGaps("r.state = 'done'")}) o) AS open,
  (SELECT to_json(o) FROM (${openGaps("(r.state = 'done' OR r.id = (SELECT id FROM latest))")}) o) AS further,
  (SELECT max(until) FROM reconciliations WHERE state = 'done' AND since <= s.refused_at) AS refused_through,
  (SELECT to_json(l) FROM latest l) AS last
FROM state s`;

interface GapRow {
  began_at: string | null;
  /** Null: there is none. */
  ended_at: string | null;
}

/** What the decision to compare a gap rests on. */
async function readGapState(db: Pick<pg.ClientBase, 'query'>): Promise<GapState> {
  const { rows } = await db.query<{
    baseline: Date | null;
    through: Date | null;
    refused_at: Date | null;
    refused_through: Date | null;
    open: GapRow;
    further: GapRow;
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
    open: gapOf(row.open),
    further: gapOf(row.further),
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

const gapOf = ({ began_at: began, ended_at: ended }: GapRow): GapState['open'] =>
  ended === null ? null : { beganAt: began === null ? null : new Date(began), endedAt: new Date(ended) };
