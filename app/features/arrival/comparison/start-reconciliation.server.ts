import type { Queryable } from '../../../lib/reading.ts';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { holdMessages } from '../../delivery/hold-messages.server.ts';
import { decideGap } from './decide-gap.ts';
import { decideReconciliation, sinceOf } from './decide-reconciliation.ts';
import { readGapState, readReconciliationState } from './read-state.server.ts';

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
  if (decision.due === 'resume') return (await resume(services, decision.id, now)) > 0;
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

/**
 * Starts the comparison of a gap, or goes on with one that failed. It goes before any other, which waits meanwhile.
 * @returns whether it did
 */
export async function startDueGap(services: Services, now: Date): Promise<boolean> {
  const { db } = services;
  const decision = decideGap(await readGapState(db.pool), now);
  if (decision.due === 'no') return false;
  if (decision.due === 'resume') return (await resume(services, decision.id, now)) > 0;
  const { since, until, partial, instead } = decision;
  return inTransaction(
    db.pool,
    async (transaction) => {
      if (instead !== null) await giveUp(transaction, instead, now);
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

async function giveUp(db: Queryable, id: number, now: Date): Promise<void> {
  await db.query(
    `UPDATE reconciliations SET state = 'failed', finished_at = $2, detail = 'A further gap came: begun again.'
     WHERE id = $1 AND state = 'running'`,
    [id, now],
  );
  await db.query('DELETE FROM reconciliation_items WHERE reconciliation_id = $1', [id]);
}

/** What was looked at stays looked at; what was not even listed is listed up to now. */
async function resume({ db, config }: Services, id: number, now: Date): Promise<number> {
  const { rowCount } = await db.pool.query(
    `UPDATE reconciliations SET state = 'running', owner = NULL, started_at = $2, detail = NULL,
       until = CASE WHEN listed_at IS NULL THEN GREATEST(until, $3) ELSE until END
     WHERE id = $1 AND state = 'failed'
       AND NOT EXISTS (SELECT FROM reconciliations r WHERE r.state = 'running' AND r.urgent = reconciliations.urgent)`,
    [id, now, new Date(now.getTime() - config.RECONCILE_SETTLE)],
  );
  return rowCount ?? 0;
}

export type RequestOutcome =
  | { outcome: 'started'; id: number; since: Date; until: Date }
  | { outcome: 'already_running'; id: number }
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
