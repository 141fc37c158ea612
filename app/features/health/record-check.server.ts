import type pg from 'pg';
import type { HealthEvaluation } from './evaluate-health.ts';
import { storableJson } from '../../lib/storable.ts';
import { recordFact } from '../facts/record-fact.server.ts';

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

/** A degraded component works for customers: its day counts it as ok. */
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
export async function recordCheck(
  client: pg.PoolClient,
  tick: number,
  { results, components }: HealthEvaluation,
  now: Date,
): Promise<void> {
  const found = results.map(({ network: _network, ...result }) => result);
  await client.query(RESULTS, [tick, now, storableJson(found)]);
  await client.query(COMPONENTS, [storableJson(components)]);
  await client.query(DAYS, [storableJson(components), now]);
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
