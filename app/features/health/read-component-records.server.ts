import type pg from 'pg';
import type { ComponentState } from './health-view.ts';
import type { ComponentRecord } from './evaluate-health.ts';

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
