import type pg from 'pg';
import type { Queryable } from '../../lib/database/queryable.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { outcomeOfAnswer } from '../../lib/http/attempt-outcome.ts';
import { storableJson } from '../../lib/storable.ts';
import type { Services } from '../../lib/services.server.ts';
import { evaluateAlerts } from '../alerts/evaluate-alerts.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { readMaintenance } from '../incidents/maintenance.server.ts';
import { mayTake } from '../processes/liveness.ts';
import { decideNextTick } from './decide-next-tick.ts';
import { evaluateHealth, type HealthEvaluation } from './evaluate-health.ts';
import { exchange } from './probes/exchange.server.ts';
import { classOfError, planProbes, type ProbePlan, type ProbeResult } from './probes/probe.ts';
import { runProbe } from './probes/run-probe.server.ts';
import { readComponentRecords, readLivePath } from './read-components.server.ts';

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
    changes.announce('alarm');
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

const RESULTS = `
INSERT INTO probe_results (tick, probe, component, at, outcome, status, error_class, detail, target, latency_ms, dns_ms, tcp_ms, tls_ms)
SELECT $1, r.probe, r.component, $2, r.outcome, r.status, r."errorClass", r.detail, r.target, r."latencyMs", r."dnsMs", r."tcpMs", r."tlsMs"
FROM jsonb_to_recordset($3) AS r(probe text, component text, outcome text, status integer, "errorClass" text, detail text,
  target text, "latencyMs" integer, "dnsMs" real, "tcpMs" real, "tlsMs" real)`;

const COMPONENTS = `
INSERT INTO health_components (name, label, state, since, failures, successes, first_failed_at, last_ok_at, checked_at,
  status, error_class, detail, target, latency_ms)
SELECT c.name, c.label, c.state, c.since, c.failures, c.successes, c."firstFailedAt", c."lastOkAt", c."checkedAt",
  c.status, c."errorClass", c.detail, c.target, c."latencyMs"
FROM jsonb_to_recordset($1) AS c(name text, label text, state text, since timestamptz, failures integer, successes integer,
  "firstFailedAt" timestamptz, "lastOkAt" timestamptz, "checkedAt" timestamptz, status integer, "errorClass" text,
  detail text, target text, "latencyMs" integer)
ON CONFLICT (name) DO UPDATE SET label = excluded.label, state = excluded.state, since = excluded.since,
  failures = excluded.failures, successes = excluded.successes, first_failed_at = excluded.first_failed_at,
  last_ok_at = excluded.last_ok_at, checked_at = excluded.checked_at, status = excluded.status,
  error_class = excluded.error_class, detail = excluded.detail, target = excluded.target, latency_ms = excluded.latency_ms`;

/** A degraded component works for customers: its day counts it as ok. What is maintained as planned counts neither way. */
const DAYS = `
INSERT INTO component_days (component, day, ok, failed, inconclusive)
SELECT c.name, ($2::timestamptz AT TIME ZONE 'UTC')::date, (c.state IN ('up', 'degraded'))::int, (c.state = 'down')::int,
  (c.state = 'inconclusive')::int
FROM jsonb_to_recordset($1) AS c(name text, state text)
ON CONFLICT (component, day) DO UPDATE SET ok = component_days.ok + excluded.ok,
  failed = component_days.failed + excluded.failed, inconclusive = component_days.inconclusive + excluded.inconclusive`;

/**
 * Puts one tick on record: each probe's result, the components, the day's counts and the fact. What is no longer
 * configured is no longer a component; its results and days stay.
 */
async function recordCheck(
  client: pg.PoolClient,
  tick: number,
  { results, components }: HealthEvaluation,
  now: Date,
): Promise<void> {
  const found = results.map(({ network: _network, ...result }) => result);
  await client.query(RESULTS, [tick, now, storableJson(found)]);
  await client.query(COMPONENTS, [storableJson(components)]);
  const maintenance = await readMaintenance(client, now);
  const counted = components.filter(({ name }) => !((maintenance.get(name) ?? now) > now));
  await client.query(DAYS, [storableJson(counted), now]);
  await client.query('DELETE FROM health_components WHERE name <> ALL($1::text[])', [
    components.map(({ name }) => name),
  ]);
  await recordFact(client, {
    type: 'support.health.check',
    value: {
      ok: components.every(({ state }) => state === 'up'),
      components: Object.fromEntries(components.map(({ name, state }) => [name, state])),
      probes: found.map(({ probe, outcome, status, errorClass, latencyMs, target }) => ({
        probe,
        outcome,
        status,
        errorClass,
        latencyMs,
        target,
      })),
    },
    metadata: { tick },
    now,
  });
}

/** Single results are kept this long, days; the days' counts are kept for good. */
const KEPT_DAYS = 8;

/** @returns how many results were removed */
export async function pruneProbeResults(pool: pg.Pool, now: Date): Promise<number> {
  const { rowCount } = await pool.query('DELETE FROM probe_results WHERE at < $1', [
    new Date(now.getTime() - KEPT_DAYS * 24 * 3_600_000),
  ]);
  return rowCount ?? 0;
}

/** The watcher's answer is not waited for longer than this, ms: the next tick does not wait for it. */
const TIMEOUT_MS = 5000;

/**
 * Tells HEARTBEAT_URL that the outage center has just looked and judged: who watches there learns of our own silence.
 * A failure is logged, nothing more: it says nothing of customers. The address holds a key and is never logged.
 */
async function pingHeartbeat(
  { config, log }: Pick<Services, 'config' | 'log'>,
  signal?: AbortSignal,
): Promise<'accepted' | 'failed' | 'none'> {
  if (!config.HEARTBEAT_URL) return 'none';
  const answer = await exchange(config.HEARTBEAT_URL, { timeoutMs: TIMEOUT_MS, signal });
  if (answer.outcome === 'answered' && outcomeOfAnswer(answer.status, answer.body) === 'ok')
    return 'accepted';
  log.warn(
    answer.outcome === 'answered' ? { status: answer.status } : { problem: classOfError(answer.error) },
    'the heartbeat was not accepted at HEARTBEAT_URL',
  );
  return 'failed';
}

/** The right to make one tick. */
export interface TickClaim {
  tick: number;
  owner: string;
  /** When it was due; another value afterwards means that somebody asked for one more. */
  dueAt: Date;
}

/**
 * Takes the tick that is due, unless a living process has it. A claim has no expiry of its own: like a lease it holds as
 * long as its owner's row in `processes` is fresh, so a killed process's tick is made again by another.
 */
export async function claimTick(pool: pg.Pool, owner: string, now: Date): Promise<TickClaim | null> {
  const { rows } = await pool.query<{ tick: number; due_at: Date }>({
    name: 'claim-health-tick',
    text: `UPDATE health_clock SET owner = $1, claimed_at = $2
           WHERE due_at <= $2 AND ${mayTake('owner')}
           RETURNING tick, due_at`,
    values: [owner, now],
  });
  const [row] = rows;
  return row ? { tick: row.tick, owner, dueAt: row.due_at } : null;
}

/** Whether the claim still holds; until the transaction ends nobody else can take it. */
async function holdTick(client: pg.PoolClient, { tick, owner }: TickClaim): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT 1 FROM health_clock WHERE tick = $1 AND owner = $2 FOR UPDATE',
    [tick, owner],
  );
  return rowCount === 1;
}

/** Ends the tick and says when the next is due: at once when somebody asked for one meanwhile. */
async function endTick(client: pg.PoolClient, claim: TickClaim, nextDueAt: Date): Promise<void> {
  await client.query(
    `UPDATE health_clock SET tick = tick + 1, owner = NULL, claimed_at = NULL,
       due_at = CASE WHEN due_at = $3 THEN $4 ELSE due_at END
     WHERE tick = $1 AND owner = $2`,
    [claim.tick, claim.owner, claim.dueAt, nextDueAt],
  );
}

/** Gives a tick back that was not made: somebody makes it again from `dueAt` on. */
async function giveTickBack(pool: pg.Pool, claim: TickClaim, dueAt: Date): Promise<void> {
  await pool.query(
    `UPDATE health_clock SET owner = NULL, claimed_at = NULL, due_at = $3 WHERE tick = $1 AND owner = $2`,
    [claim.tick, claim.owner, dueAt],
  );
}

/** Says when the next tick is due, also while one is being made: that one may have looked before whatever changed. */
export async function setNextTick(db: Queryable, dueAt: Date): Promise<void> {
  await db.query('UPDATE health_clock SET due_at = $1', [dueAt]);
}

/** Makes the next health check due now: a worker makes it within a quarter of a second. */
export async function checkNow(
  services: Services,
  { actor, now }: { actor: Actor; now: Date },
): Promise<{ outcome: 'due' }> {
  await inTransaction(services.db.pool, async (client) => {
    await setNextTick(client, now);
    await recordAudit(client, { actor, action: 'health.check', target: 'health check', at: now });
  });
  return { outcome: 'due' };
}
