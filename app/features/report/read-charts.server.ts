import type { Pool } from 'pg';
import type { ReportChart } from './report-view.ts';

/** What is shown before and after the outage, as a share of its length, and at least. */
const MARGIN_SHARE = 0.25;
const MARGIN_MS = 10 * 60_000;
/** A chart of more points is no clearer, and a table of more rows is not read. */
const MOST_POINTS = 120;

const RESOLUTIONS = [
  ['minute', 60_000],
  ['ten_minutes', 600_000],
  ['hour', 3_600_000],
] as const;

interface Span {
  from: Date;
  to: Date;
  now: Date;
}

/** What was measured around an outage. One figure is no course over time: such a chart is left out. */
export async function readCharts(pool: Pool, component: string | null, span: Span): Promise<ReportChart[]> {
  const margin = Math.max(MARGIN_MS, (span.to.getTime() - span.from.getTime()) * MARGIN_SHARE);
  const from = span.from.getTime() - margin;
  const to = Math.min(span.to.getTime() + margin, span.now.getTime());
  const [resolution, bucketMs] =
    RESOLUTIONS.find(([, length]) => (to - from) / length <= MOST_POINTS) ?? RESOLUTIONS[2];
  const window = { from: new Date(from), to: new Date(to), bucketMs };
  const charts = await Promise.all([
    readLatency(pool, component, window),
    readAttempts(pool, resolution, window),
    readWaiting(pool, window),
  ]);
  return charts.filter(
    ({ points }) => points.filter(({ values }) => values.some((value) => value !== null)).length > 1,
  );
}

interface Window {
  from: Date;
  to: Date;
  bucketMs: number;
}

/** Groups by the window's buckets, so that each chart has the same axis. */
const BIN = "date_bin(make_interval(secs => $3::float8 / 1000), at, 'epoch')";

async function readLatency(pool: Pool, component: string | null, window: Window): Promise<ReportChart> {
  const { rows } = await pool.query<{ at: Date; ms: number | null }>(
    `SELECT ${BIN} AS at, max(latency_ms) FILTER (WHERE outcome = 'ok')::float8 AS ms FROM probe_results
     WHERE component = $4 AND at >= $1 AND at <= $2 GROUP BY 1 ORDER BY 1`,
    [window.from, window.to, window.bucketMs, component ?? ''],
  );
  return {
    title: 'Slowest answer to a health check (a gap: it failed)',
    unit: 'ms',
    series: ['Answered within'],
    points: rows.map(({ at, ms }) => ({ at: at.toISOString(), values: [ms] })),
  };
}

async function readAttempts(pool: Pool, resolution: string, window: Window): Promise<ReportChart> {
  const { rows } = await pool.query<{ at: Date; delivered: number; failed: number }>(
    `SELECT bucket AS at, COALESCE(sum(n) FILTER (WHERE label = 'ok'), 0)::float8 AS delivered,
       COALESCE(sum(n) FILTER (WHERE label <> 'ok'), 0)::float8 AS failed
     FROM fact_rollups WHERE metric = 'attempt' AND resolution = $3 AND bucket >= $1 AND bucket <= $2
     GROUP BY bucket ORDER BY bucket`,
    [window.from, window.to, resolution],
  );
  return {
    title: 'Attempts to deliver to the Agent service',
    unit: 'count',
    series: ['Delivered', 'Failed'],
    points: rows.map(({ at, delivered, failed }) => ({ at: at.toISOString(), values: [delivered, failed] })),
  };
}

async function readWaiting(pool: Pool, window: Window): Promise<ReportChart> {
  const { rows } = await pool.query<{ at: Date; waiting: number; breached: number }>(
    `SELECT ${BIN} AS at, max(waiting) AS waiting, max(breached) AS breached
     FROM (SELECT minute AS at, waiting, breached FROM waiting_samples) samples
     WHERE at >= $1 AND at <= $2 GROUP BY 1 ORDER BY 1`,
    [window.from, window.to, window.bucketMs],
  );
  return {
    title: 'Customers waiting for an answer',
    unit: 'count',
    series: ['Waiting', 'Longer than the target'],
    points: rows.map(({ at, waiting, breached }) => ({ at: at.toISOString(), values: [waiting, breached] })),
  };
}
