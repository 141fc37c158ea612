import { evaluateAlerts } from '../alerts/evaluate-alerts.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { decideNextTick } from './decide-next-tick.ts';
import { evaluateHealth, type HealthEvaluation } from './evaluate-health.ts';
import { claimTick, endTick, giveTickBack, holdTick, type TickClaim } from './health-clock.server.ts';
import { pingHeartbeat } from './ping-heartbeat.server.ts';
import { planProbes, type ProbePlan } from './plan-probes.ts';
import type { ProbeResult } from './probe.ts';
import { runProbe } from './probes/run-probe.server.ts';
import { readLivePath } from './read-live-path.server.ts';
import { readComponentRecords } from './read-component-records.server.ts';
import { recordCheck } from './record-check.server.ts';

export type HealthTickOutcome =
  /** On record, with everything that follows from it. */
  | ({ outcome: 'done'; tick: number; heartbeat: 'accepted' | 'failed' | 'none' } & HealthEvaluation)
  | { outcome: 'not_due' }
  /** Another process has put it on record: this one was presumed dead. */
  | { outcome: 'lost' }
  /** Stopped before it was through: somebody makes it again. */
  | { outcome: 'stopped' };

/**
 * Makes the tick that is due, if no other process does: probes outside any transaction, then in one transaction results,
 * components, day counts and fact, the alert rules with whatever follows from them, and the next tick.
 * @param options.now when the tick is made: the time of its results, and what the next is counted from
 * @param options.signal aborted when the process stops
 * @param options.plans what is probed; what the settings say when left out
 * @throws when the database fails, or a rule does; the tick is then made again after HEALTH_CONFIRM_INTERVAL
 */
export async function runHealthTick(
  services: Services,
  options: { now: Date; signal?: AbortSignal; plans?: readonly ProbePlan[] },
): Promise<HealthTickOutcome> {
  const { config, db, changes, processId } = services;
  const { now, signal, plans = planProbes(config) } = options;
  const claim = await claimTick(db.pool, processId, now);
  if (!claim) return { outcome: 'not_due' };
  try {
    const knownPath = await readLivePath(db.pool);
    const found = await Promise.all(plans.map((plan) => runProbe(plan, { config, db, knownPath, signal })));
    if (signal?.aborted) {
      await giveTickBack(db.pool, claim, claim.dueAt);
      return { outcome: 'stopped' };
    }
    const evaluation = await record(services, claim, { plans, found, now });
    if (!evaluation) return { outcome: 'lost' };
    changes.announce('page');
    const heartbeat = await pingHeartbeat(services, signal);
    return { outcome: 'done', tick: claim.tick, heartbeat, ...evaluation };
  } catch (error) {
    // At once it would only hammer what is probed.
    const again = new Date(now.getTime() + config.HEALTH_CONFIRM_INTERVAL);
    await giveTickBack(db.pool, claim, again).catch(() => undefined);
    throw error;
  }
}

/** @returns null when the claim was lost meanwhile */
function record(
  { config, db }: Services,
  claim: TickClaim,
  { plans, found, now }: { plans: readonly ProbePlan[]; found: readonly ProbeResult[]; now: Date },
): Promise<HealthEvaluation | null> {
  return inTransaction(
    db.pool,
    async (client) => {
      if (!(await holdTick(client, claim))) return null;
      const previous = await readComponentRecords(client);
      const evaluation = evaluateHealth(plans, found, previous, now);
      await recordCheck(client, claim.tick, evaluation, now);
      await evaluateAlerts(client, { config, now });
      const { rows } = await client.query<{ speed: number }>(
        'SELECT speed FROM drills WHERE ended_at IS NULL',
      );
      const next = decideNextTick(
        evaluation.components,
        {
          intervalMs: config.HEALTH_CHECK_INTERVAL,
          confirmMs: config.HEALTH_CONFIRM_INTERVAL,
          recoveryChecks: config.ALERT_RECOVERY_CHECKS,
          speed: rows[0]?.speed ?? 1,
        },
        now,
      );
      await endTick(client, claim, next);
      return evaluation;
    },
    (evaluation) => evaluation === null,
  );
}
