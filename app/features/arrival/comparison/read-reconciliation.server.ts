import type pg from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import type { ComparisonState } from './decide-reconciliation.ts';
import type { ReconciliationView } from './reconciliation-view.ts';
import { CONNECTED, THROUGH } from './start-reconciliation.server.ts';
import { readUncompared } from './uncompared.server.ts';

/** A check finds an outage up to an interval after it began: messages lost in between are the incident's too, ms. */
const ONSET_MARGIN_MS = 5 * 60_000;

export interface ReconciliationWish {
  /** What was found of an incident's time, from shortly before its first failed check to its recovery. */
  incidentId?: number;
  /** Or of another time; all of it when left out. */
  from?: Date;
  to?: Date;
  now: Date;
}

/**
 * What never arrived and was recovered, and how far Chatwoot has been compared with the inbox at all: a number without the
 * second would be no proof.
 */
export async function readReconciliation(
  { db, config }: Pick<Services, 'db' | 'config'>,
  wish: ReconciliationWish,
): Promise<ReconciliationView> {
  const { from, to } = await spanOf(db, wish);
  const [found, progress, uncompared] = await Promise.all([
    readFound(db, from, to),
    readProgress(db),
    readUncompared(db.pool),
  ]);
  const { last, done } = progress;
  const through = done?.until ?? null;
  return {
    state: config.connection ? stateOf(progress) : 'not_connected',
    through: through?.toISOString() ?? null,
    detail: last?.state === 'failed' || last?.state === 'paused' ? last.detail : null,
    progress:
      last?.state === 'running' || last?.state === 'paused'
        ? {
            id: last.id,
            checked: last.checked,
            of: last.listed ? last.items : null,
            perSecond: last.state === 'running' && last.lately > 0 ? last.lately / last.seconds : null,
            urgent: last.urgent,
          }
        : null,
    last: done && {
      finishedAt: done.finished_at.toISOString(),
      since: done.since.toISOString(),
      until: done.until.toISOString(),
      conversations: done.conversations ?? 0,
      messages: done.messages ?? 0,
    },
    from: from?.toISOString() ?? null,
    to: to?.toISOString() ?? null,
    uncompared,
    complete: uncompared.length === 0 && isComplete(through, to, wish, config.RECONCILE_INTERVAL),
    ...found,
  };
}

/** Of an outage that is not over nothing is proved yet; of all time, as long as comparisons come when they should. */
function isComplete(
  through: Date | null,
  to: Date | null,
  { incidentId, now }: ReconciliationWish,
  intervalMs: number,
): boolean {
  if (through === null || (incidentId !== undefined && to === null)) return false;
  return through >= (to ?? new Date(now.getTime() - 2 * intervalMs));
}

type Database = Services['db'];

async function spanOf(db: Database, { incidentId, from, to }: ReconciliationWish) {
  if (incidentId === undefined) return { from: from ?? null, to: to ?? null };
  const { rows } = await db.pool.query<{ started_at: Date; ended_at: Date | null }>(
    'SELECT started_at, COALESCE(recovered_at, resolved_at) AS ended_at FROM incidents WHERE id = $1',
    [incidentId],
  );
  const span = rows[0];
  return {
    from: span ? new Date(span.started_at.getTime() - ONSET_MARGIN_MS) : null,
    to: span?.ended_at ?? null,
  };
}

async function readFound(db: Database, from: Date | null, to: Date | null) {
  const { rows } = await db.pool.query<{
    lost: number;
    late: number;
    first_at: Date | null;
    last_at: Date | null;
    delivered: number;
    waiting: number;
    withheld: number;
    undelivered: number;
  }>(
    `SELECT count(*) FILTER (WHERE arrived_at IS NULL) AS lost, count(arrived_at) AS late,
       min(m.created_at) FILTER (WHERE arrived_at IS NULL) AS first_at,
       max(m.created_at) FILTER (WHERE arrived_at IS NULL) AS last_at,
       count(*) FILTER (WHERE d.state = 'delivered') AS delivered,
       count(*) FILTER (WHERE d.state = 'pending') AS waiting,
       count(*) FILTER (WHERE d.state = 'withheld') AS withheld,
       count(*) FILTER (WHERE d.state IN ('dead', 'discarded')) AS undelivered
     FROM reconciled_messages m LEFT JOIN deliveries d USING (seq)
     WHERE m.created_at >= COALESCE($1::timestamptz, '-infinity') AND m.created_at <= COALESCE($2::timestamptz, 'infinity')`,
    [from, to],
  );
  const { first_at: firstAt, last_at: lastAt, ...counts } = rows[0]!;
  return { ...counts, firstAt: firstAt?.toISOString() ?? null, lastAt: lastAt?.toISOString() ?? null };
}

interface Progress {
  /** A webhook came, or it was connected: from then on something may be missing. */
  begun: boolean;
  last: {
    id: number;
    state: ComparisonState;
    detail: string | null;
    listed: boolean;
    urgent: boolean;
    items: number;
    checked: number;
    /** Conversations compared in the last `seconds`. */
    lately: number;
    seconds: number;
  } | null;
  done: {
    since: Date;
    until: Date;
    finished_at: Date;
    conversations: number | null;
    messages: number | null;
  } | null;
}

/**
 * The comparison that stands for all of them: the ordinary one while it runs or is paused, since it says how far everything is
 * compared; one of a gap that ran meanwhile does not hide that, nor that it failed.
 */
const SHOWN = `
SELECT * FROM (
  (SELECT * FROM reconciliations WHERE NOT urgent ORDER BY id DESC LIMIT 1)
  UNION ALL (SELECT * FROM reconciliations ORDER BY id DESC LIMIT 1)) newest
ORDER BY NOT urgent AND state IN ('running', 'paused') DESC, state = 'running' DESC, NOT urgent AND state = 'failed' DESC, id DESC
LIMIT 1`;

async function readProgress(db: Database): Promise<Progress> {
  const [last, done, begun] = await Promise.all([
    db.pool.query<NonNullable<Progress['last']>>(
      `SELECT r.id, r.state, r.detail, r.listed_at IS NOT NULL AS listed, r.urgent, i.*, s.seconds FROM (${SHOWN}) r,
       LATERAL (SELECT least(20, greatest(1, extract(epoch FROM now() - r.listed_at)))::float8 AS seconds) s,
       LATERAL (SELECT count(*) AS items, count(checked_at) AS checked,
         count(*) FILTER (WHERE checked_at > now() - make_interval(secs => s.seconds)) AS lately
         FROM reconciliation_items WHERE reconciliation_id = r.id) i`,
    ),
    db.pool.query<NonNullable<Progress['done']>>(
      `SELECT since, until, finished_at, conversations, messages FROM reconciliations
       WHERE state = 'done' AND finished_at IS NOT NULL AND NOT partial ORDER BY until DESC LIMIT 1`,
    ),
    db.pool.query<{ some: boolean }>(
      `SELECT EXISTS (SELECT FROM webhook_events) OR ${CONNECTED} IS NOT NULL AS some`,
    ),
  ]);
  return { last: last.rows[0] ?? null, done: done.rows[0] ?? null, begun: begun.rows[0]!.some };
}

function stateOf({ last, done, begun }: Progress): ReconciliationView['state'] {
  if (last?.state === 'running') return 'running';
  if (last?.state === 'paused') return 'paused';
  if (last?.state === 'failed') return 'failing';
  if (done) return 'compared';
  return begun ? 'not_yet' : 'nothing_received';
}

/** Up to when all of Chatwoot has been compared with what arrived; null: never. */
export async function readComparedThrough(pool: pg.Pool): Promise<Date | null> {
  const { rows } = await pool.query<{ through: Date | null }>(`SELECT ${THROUGH} AS through`);
  return rows[0]!.through;
}
