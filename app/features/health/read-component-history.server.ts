import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import type { ComponentHistory, IncidentBand, LatencyPoint, ProbeLine, UptimeDay } from './health-view.ts';
import { readComponents } from './read-components.server.ts';
import { componentOf } from '../incidents/incident-row.server.ts';

const DAYS = 90;
const DAY_MS = 24 * 3_600_000;
/** Points of a latency line; more would be narrower than a pixel. */
const POINTS = 240;

/** Every component with its days, its latency over the last `range` hours (at most 8 days) and its probes' last results. */
export async function readComponentHistory(
  services: Services,
  { range, now }: { range: number; now: Date },
): Promise<ComponentHistory[]> {
  const { pool } = services.db;
  const [components, days, latency, probes] = await Promise.all([
    readComponents(services, now),
    readDays(pool, now),
    readLatency(pool, Math.min(Math.max(range, 1), 8 * 24), now),
    readLastResults(pool),
  ]);
  return components.map((component) => {
    const own = ninetyDays(days.get(component.name) ?? [], now);
    return {
      ...component,
      days: own,
      latency: latency.get(component.name) ?? [],
      probes: probes.get(component.name) ?? [],
    };
  });
}

function ninetyDays(known: readonly UptimeDay[], now: Date): UptimeDay[] {
  const byDay = new Map(known.map((day) => [day.day, day]));
  return Array.from({ length: DAYS }, (_, index) => {
    const day = utcDay(now.getTime() - (DAYS - 1 - index) * DAY_MS);
    return byDay.get(day) ?? { day, ok: 0, failed: 0, inconclusive: 0 };
  });
}

const utcDay = (at: number) => new Date(at).toISOString().slice(0, 10);

/** Checks of every component by day, oldest first; days without a check are left out. */
export async function readDays(pool: pg.Pool, now: Date): Promise<Map<string, UptimeDay[]>> {
  const { rows } = await pool.query<UptimeDay & { component: string }>(
    `SELECT component, to_char(day, 'YYYY-MM-DD') AS day, ok, failed, inconclusive FROM component_days
     WHERE day > $1::date - ${DAYS} ORDER BY day`,
    [utcDay(now.getTime())],
  );
  return grouped(rows);
}

/** One point for each slice of the range with a check in it: the mean, or nothing when a check of the slice failed. */
async function readLatency(pool: pg.Pool, hours: number, now: Date): Promise<Map<string, LatencyPoint[]>> {
  const rangeMs = hours * 3_600_000;
  const { rows } = await pool.query<{ component: string; at: Date; ms: number | null }>(
    `SELECT component, date_bin(make_interval(secs => $3), at, 'epoch') AS slice, max(at) AS at,
       CASE WHEN bool_and(outcome = 'ok') THEN round(avg(latency_ms))::int END AS ms
     FROM probe_results
     WHERE at > $1 AND at <= $2 AND probe = CASE component WHEN 'chatwoot' THEN 'chatwoot.live' ELSE component END
     GROUP BY component, slice ORDER BY slice`,
    [new Date(now.getTime() - rangeMs), now, rangeMs / 1000 / POINTS],
  );
  return grouped(rows.map(({ component, at, ms }) => ({ component, at: at.toISOString(), ms })));
}

interface ResultRow {
  component: string;
  probe: string;
  at: Date;
  outcome: ProbeLine['outcome'];
  status: number | null;
  error_class: string | null;
  detail: string | null;
  target: string;
  latency_ms: number | null;
  dns_ms: number | null;
  tcp_ms: number | null;
  tls_ms: number | null;
}

/** Results of the last tick on record. */
async function readLastResults(pool: pg.Pool): Promise<Map<string, ProbeLine[]>> {
  const { rows } = await pool.query<ResultRow>(
    `SELECT component, probe, at, outcome, status, error_class, detail, target, latency_ms, dns_ms, tcp_ms, tls_ms
     FROM probe_results WHERE tick = (SELECT max(tick) FROM probe_results) ORDER BY id`,
  );
  return grouped(
    rows.map((row) => ({
      component: row.component,
      probe: row.probe,
      at: row.at.toISOString(),
      outcome: row.outcome,
      status: row.status,
      errorClass: row.error_class,
      detail: row.detail,
      target: row.target,
      latencyMs: row.latency_ms,
      dnsMs: row.dns_ms,
      tcpMs: row.tcp_ms,
      tlsMs: row.tls_ms,
    })),
  );
}

function grouped<T extends { component: string }>(rows: readonly T[]): Map<string, Omit<T, 'component'>[]> {
  const groups = new Map<string, Omit<T, 'component'>[]>();
  for (const { component, ...row } of rows) groups.set(component, [...(groups.get(component) ?? []), row]);
  return groups;
}

/** Incidents that lasted since then, by the component they are about. */
export async function readIncidentBands(
  { db }: Services,
  since: Date,
): Promise<Record<string, IncidentBand[]>> {
  const { rows } = await db.pool.query<{
    id: number;
    cause: string;
    title: string;
    from: Date;
    to: Date | null;
  }>(
    `SELECT id, cause, title, started_at AS "from", COALESCE(recovered_at, resolved_at) AS "to" FROM incidents
     WHERE status <> 'merged' AND cause NOT LIKE 'manual:%'
       AND COALESCE(recovered_at, resolved_at, 'infinity') > $1
     ORDER BY started_at LIMIT 200`,
    [since],
  );
  const bands: Record<string, IncidentBand[]> = {};
  for (const { id, cause, title, from, to } of rows)
    (bands[componentOf(cause)] ??= []).push({
      id,
      title,
      from: from.toISOString(),
      to: to?.toISOString() ?? null,
    });
  return bands;
}
