import type { Services } from '../../lib/services.server.ts';
import type { ComponentRecord } from './evaluate-health.ts';
import type { ComponentHealth } from './health-view.ts';
import { isStale, type StaleSettings } from './is-stale.ts';
import { planProbes } from './plan-probes.ts';
import { readComponentRecords } from './read-component-records.server.ts';

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
