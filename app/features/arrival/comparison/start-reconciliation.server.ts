import type pg from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { holdMessages } from '../../delivery/hold-messages.server.ts';
import {
  type ComparisonState,
  decideReconciliation,
  type ReconciliationState,
  sinceOf,
} from './decide-reconciliation.ts';

/** A unique index allows one of a gap and one other at a time: whoever comes second starts none. */
const START = `
INSERT INTO reconciliations (since, until, cause, by, incident_id, started_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING RETURNING id`;

/** Starts a comparison, or goes on with one that failed, if it is time to. @returns whether it did */
export async function startDueReconciliation(services: Services, now: Date): Promise<boolean> {
  const { db, config } = services;
  const state = await readReconciliationState(db.pool);
  const decision = decideReconciliation(state, {
    now,
    intervalMs: config.RECONCILE_INTERVAL,
    settleMs: config.RECONCILE_SETTLE,
  });
  if (decision.due === 'no') return false;
  const settleMs = config.RECONCILE_SETTLE;
  if (decision.due === 'resume')
    return (await resume(db.pool, { id: decision.id, from: decision.from, settleMs, now })) > 0;
  const { since, until, cause, incidentId } = decision;
  return inTransaction(
    db.pool,
    async (transaction) => {
      if (cause === 'recovery') await holdMessages(transaction);
      const { rowCount } = await transaction.query(START, [since, until, cause, null, incidentId, now]);
      return (rowCount ?? 0) > 0;
    },
    (started) => !started,
  );
}

/** What was looked at stays looked at; what was not even listed is listed up to now. */
export async function resume(
  db: Pick<pg.ClientBase, 'query'>,
  { id, from, settleMs, now }: { id: number; from: 'failed' | 'paused'; settleMs: number; now: Date },
): Promise<number> {
  const { rowCount } = await db.query(
    `UPDATE reconciliations SET state = 'running', owner = NULL, detail = NULL,
       until = CASE WHEN listed_at IS NULL THEN GREATEST(until, $2) ELSE until END
     WHERE id = $1 AND state = $3
       AND NOT EXISTS (SELECT FROM reconciliations r WHERE r.state = 'running' AND r.urgent = reconciliations.urgent)`,
    [id, new Date(now.getTime() - settleMs), from],
  );
  return rowCount ?? 0;
}

export type RequestOutcome =
  | { outcome: 'started'; id: number; since: Date; until: Date }
  | { outcome: 'already_running'; id: number }
  /** Somebody paused one: it is resumed or given up first. */
  | { outcome: 'paused'; id: number }
  /** Nothing can be missing: it was never connected, and no webhook has come. */
  | { outcome: 'nothing_received' }
  | { outcome: 'not_connected' };

/**
 * Starts a comparison because a person asks for it.
 * @param wish.since null: since the last one
 */
export async function requestReconciliation(
  services: Services,
  { since: wish, actor, now }: { since: Date | null; actor: Actor; now: Date },
): Promise<RequestOutcome> {
  const { db, config, changes } = services;
  if (!config.connection) return { outcome: 'not_connected' };
  const outcome = await inTransaction(
    db.pool,
    async (transaction): Promise<RequestOutcome> => {
      const { baseline, through, last } = await readReconciliationState(transaction);
      if (!baseline) return { outcome: 'nothing_received' };
      if (last?.state === 'paused') return { outcome: 'paused', id: last.id };
      const until = new Date(Math.max(now.getTime() - config.RECONCILE_SETTLE, through?.getTime() ?? 0));
      const since = sinceOf({ baseline, through, wish });
      const { rows } = await transaction.query<{ id: number }>(START, [
        since,
        until,
        'person',
        actor.name,
        null,
        now,
      ]);
      const id = rows[0]?.id;
      if (id === undefined) return { outcome: 'already_running', id: last?.id ?? 0 };
      await recordAudit(transaction, {
        actor,
        action: 'reconcile.run',
        target: `comparison ${id}`,
        after: { since: since.toISOString(), until: until.toISOString() },
        at: now,
      });
      return { outcome: 'started', id, since, until };
    },
    ({ outcome: result }) => result !== 'started',
  );
  if (outcome.outcome === 'started') {
    changes.announce('work');
    changes.announce('page');
  }
  return outcome;
}

/** Everything before it has been compared: each comparison begins where the one before it ended, or earlier. */
export const THROUGH = `(SELECT max(until) FROM reconciliations WHERE state = 'done' AND NOT partial)`;

/** Texts that were removed before they were read are not known, hence the oldest message that is. */
const KNOWN = `(SELECT received_at FROM webhook_events
  WHERE seq = COALESCE((SELECT min(seq) FROM inbox_messages), (SELECT min(seq) FROM webhook_events)))`;

/** Webhooks are missed from the moment of connecting, also where none has come yet. */
export const CONNECTED = `COALESCE((SELECT connected_at FROM chatwoot_connection), (SELECT registered_at FROM arrival_watch))`;

/** Where the first comparison begins; once something was compared, what is older than the known messages is nobody's to look for. */
export const BASELINE = `CASE WHEN ${THROUGH} IS NULL THEN LEAST(${KNOWN}, ${CONNECTED}) ELSE COALESCE(${KNOWN}, ${CONNECTED}) END`;

/** What the decision to compare rests on. */
async function readReconciliationState(db: Pick<pg.ClientBase, 'query'>): Promise<ReconciliationState> {
  const { rows } = await db.query<{
    baseline: Date | null;
    through: Date | null;
    last: {
      id: number;
      state: ComparisonState;
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

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A moment that somebody names: `30m`, `2h` or `3d` before now, or a time such as `2026-11-23T05:00Z`; without a zone it is UTC.
 * @returns null when it is neither, or not in the past
 */
export function parseSince(text: string, now: Date): Date | null {
  const [, amount, unit] = /^(\d{1,5})\s?([mhd])$/.exec(text.trim()) ?? [];
  if (amount && unit) return new Date(now.getTime() - Number(amount) * UNITS[unit as keyof typeof UNITS]);
  const iso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text.trim());
  if (!iso) return null;
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text.trim()) && text.includes(':');
  const at = new Date(`${text.trim().replace(' ', 'T')}${hasZone || !text.includes(':') ? '' : 'Z'}`);
  return Number.isFinite(at.getTime()) && at < now ? at : null;
}
