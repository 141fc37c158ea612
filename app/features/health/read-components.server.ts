import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { isStale, type StaleSettings } from '../alerts/rule-reading.ts';
import type { ComponentRecord } from './evaluate-health.ts';
import type { ComponentHealth, ComponentState, RecentCheck } from './health-view.ts';
import { planProbes } from './probes/probe.ts';

/**
 * Every component that was checked, in the order of their importance. One that nobody has looked at for two intervals is
 * `unknown`, whatever it was last.
 */
export async function readComponents(services: Services, now: Date): Promise<ComponentHealth[]> {
  const records = await readComponentRecords(services.db.pool);
  const order = new Map(planProbes(services.config).map(({ component }, index) => [component, index]));
  return records
    .sort((a, b) => (order.get(a.name) ?? Infinity) - (order.get(b.name) ?? Infinity))
    .map((record) => shownComponent(record, services.config, now));
}

function shownComponent(record: ComponentRecord, settings: StaleSettings, now: Date): ComponentHealth {
  const stale = isStale(record.checkedAt, settings, now);
  return {
    name: record.name,
    label: record.label,
    state: stale ? 'unknown' : record.state,
    since: record.since.toISOString(),
    checkedAt: record.checkedAt.toISOString(),
    stale,
    lastOkAt: record.lastOkAt?.toISOString() ?? null,
    firstFailedAt: record.firstFailedAt?.toISOString() ?? null,
    failures: record.failures,
    successes: record.successes,
    detail: record.detail,
    target: record.target,
    latencyMs: record.latencyMs,
  };
}

interface Row {
  name: string;
  label: string;
  state: ComponentState;
  since: Date;
  failures: number;
  successes: number;
  first_failed_at: Date | null;
  last_ok_at: Date | null;
  checked_at: Date;
  status: number | null;
  error_class: string | null;
  detail: string | null;
  target: string;
  latency_ms: number | null;
}

/** Every component as the last tick left it, by name. */
export async function readComponentRecords(db: pg.Pool | pg.PoolClient): Promise<ComponentRecord[]> {
  const { rows } = await db.query<Row>('SELECT * FROM health_components ORDER BY name');
  return rows.map((row) => ({
    name: row.name,
    label: row.label,
    state: row.state,
    since: row.since,
    failures: row.failures,
    successes: row.successes,
    firstFailedAt: row.first_failed_at,
    lastOkAt: row.last_ok_at,
    checkedAt: row.checked_at,
    status: row.status,
    errorClass: row.error_class,
    detail: row.detail ?? '',
    target: row.target,
    latencyMs: row.latency_ms,
  }));
}

/**
 * The path at which Chatwoot last said that it lives, whichever process asked: so that a Chatwoot that has no `/rails/health`
 * is not asked for it in each round. undefined when it never did.
 */
export async function readLivePath(pool: pg.Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{ target: string }>(
    `SELECT target FROM probe_results WHERE probe = 'chatwoot.live' AND outcome = 'ok' ORDER BY at DESC LIMIT 1`,
  );
  const [row] = rows;
  return row && URL.canParse(row.target) ? new URL(row.target).pathname : undefined;
}

/** A check a second for an hour, for both. */
const MOST = 7200;

/** Checks of the two parts that support depends on, oldest first. @param from since when */
export async function readRecentChecks({ db }: Services, from: Date): Promise<RecentCheck[]> {
  const { rows } = await db.pool.query<Omit<RecentCheck, 'at'> & { at: Date }>({
    name: 'recent-checks',
    text: `SELECT at, component AS part, outcome FROM probe_results
      WHERE probe = ANY ('{chatwoot.live,agent}') AND at >= $1 ORDER BY at LIMIT ${MOST}`,
    values: [from],
  });
  return rows.map(({ at, ...check }) => ({ ...check, at: at.toISOString() }));
}
