import type pg from 'pg';
import type { BreakerDecision, BreakerState, BreakerWindow } from './breaker.ts';
import { type AttemptResult, describeError } from './claimed-delivery.ts';
import { storableJson } from '../../lib/storable.ts';
import { recordFact } from '../facts/record-fact.server.ts';

interface Row {
  state: BreakerState['state'];
  consecutive_failures: number;
  opened_at: Date | null;
  cooldown_ms: number;
  next_probe_at: Date | null;
}

/** Reads the breaker and keeps other workers from changing it until the transaction ends. */
export async function readBreakerForUpdate(client: pg.ClientBase): Promise<BreakerState> {
  const { rows } = await client.query<Row>(
    "SELECT state, consecutive_failures, opened_at, cooldown_ms, next_probe_at FROM breakers WHERE name = 'agent' FOR UPDATE",
  );
  const row = rows[0]!;
  return {
    state: row.state,
    consecutiveFailures: row.consecutive_failures,
    openedAt: row.opened_at,
    cooldownMs: row.cooldown_ms,
    nextProbeAt: row.next_probe_at,
  };
}

/**
 * Attempts of all workers within the last `seconds`; since it last closed, if that is less. Who refuses a message for good
 * has answered.
 */
export async function readBreakerWindow(
  client: pg.ClientBase,
  seconds: number,
  now: Date,
): Promise<BreakerWindow> {
  const { rows } = await client.query<{ label: string; n: number }>(
    `SELECT label, sum(n)::bigint AS n FROM fact_rollups
     WHERE resolution = 'second' AND metric = 'breaker'
       AND bucket > GREATEST($1::timestamptz - make_interval(secs => $2), (SELECT closed_at FROM breakers WHERE name = 'agent'))
     GROUP BY label`,
    [now, seconds],
  );
  const count = (label: string) => rows.find((row) => row.label === label)?.n ?? 0;
  return { ok: count('ok') + count('permanent'), failed: count('failed') };
}

/**
 * Writes the decision and the fact that tells of it. On closing, what waited for its retry becomes due: the service
 * answers again, and events newer than `live_from_seq` will go before the backlog.
 */
export async function writeBreaker(
  client: pg.ClientBase,
  before: BreakerState,
  { next, change, reason }: BreakerDecision,
  lastFailure: AttemptResult | null,
  now: Date,
): Promise<void> {
  const failure = lastFailure && {
    at: now.toISOString(),
    outcome: lastFailure.outcome,
    status: lastFailure.status,
    text: describeError(lastFailure),
  };
  await client.query(
    `UPDATE breakers SET state = $1, consecutive_failures = $2, cooldown_ms = $3, next_probe_at = $4,
       last_failure = COALESCE($5::jsonb, last_failure),
       since = CASE WHEN $6 IN ('opened', 'closed') THEN $7 ELSE since END,
       opened_at = CASE WHEN $6 = 'opened' THEN $7 ELSE opened_at END,
       closed_at = CASE WHEN $6 = 'closed' THEN $7 ELSE closed_at END,
       live_from_seq = CASE WHEN $6 = 'closed' THEN COALESCE((SELECT max(seq) FROM deliveries), 0) ELSE live_from_seq END,
       probe_owner = CASE WHEN $1 = 'half_open' THEN probe_owner END
     WHERE name = 'agent'`,
    [
      next.state,
      next.consecutiveFailures,
      next.cooldownMs,
      next.nextProbeAt,
      failure && storableJson(failure),
      change,
      now,
    ],
  );
  if (change === 'closed') {
    await client.query("UPDATE deliveries SET due_at = $1 WHERE state = 'pending' AND due_at > $1", [now]);
  }
  if (!change) return;
  const type = {
    opened: 'support.breaker.opened',
    closed: 'support.breaker.closed',
    probe_failed: 'support.breaker.probe',
  } as const;
  const value = {
    reason: reason ?? failure?.text ?? null,
    failures: next.consecutiveFailures,
    cooldownMs: next.cooldownMs,
    before: before.state,
  };
  await recordFact(client, { type: type[change], value, now });
}
