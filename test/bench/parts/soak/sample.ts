import type { AppProcess } from '../../app-process.ts';
import type { BenchServer } from '../../database.ts';

/** What is looked at once a minute. */
export interface Sample {
  minute: number;
  /** Events that have been delivered so far, and those that wait. */
  delivered: number;
  pending: number;
  /** Of the app, MB. */
  rss: number;
  heap: number;
  external: number;
  /** How late the app was in the minute before, ms. */
  lagP99: number;
  lagMost: number;
  /** Processor time so far, ms. */
  cpuApp: number;
  cpuPostgres: number;
  connections: number;
  /** Log that the database has written, bytes. */
  wal: number;
  /** Of the database with its indexes, bytes. */
  database: number;
  tables: Record<string, { bytes: number; live: number; dead: number }>;
}

/** Those that change with every event. */
const HOT = ['webhook_events', 'deliveries', 'attempts', 'leases', 'fact_rollups', 'processes'];

const STATE = `
SELECT pg_database_size(current_database())::float8 AS database,
  pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS wal,
  (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend') AS connections,
  (SELECT count(*)::int FROM deliveries WHERE state = 'delivered') AS delivered,
  (SELECT count(*)::int FROM deliveries WHERE state = 'pending') AS pending`;

const TABLES = `
SELECT relname AS name, pg_total_relation_size(relid)::float8 AS bytes, n_live_tup::int AS live, n_dead_tup::int AS dead
FROM pg_stat_user_tables WHERE pg_total_relation_size(relid) > 1e6 OR relname = ANY ($1) ORDER BY relname`;

type Row = Pick<Sample, 'database' | 'wal' | 'connections' | 'delivered' | 'pending'>;

export async function takeSample(app: AppProcess, server: BenchServer, minute: number): Promise<Sample> {
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  const metric = (name: string) =>
    Number(new RegExp(`^outage_center_${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
  const { rows } = await server.pool.query<Row>(STATE);
  const tables = await server.pool.query<{ name: string; bytes: number; live: number; dead: number }>(
    TABLES,
    [HOT],
  );
  return {
    minute,
    ...rows[0]!,
    rss: metric('process_resident_memory_bytes') / 2 ** 20,
    heap: metric('nodejs_heap_size_used_bytes') / 2 ** 20,
    external: metric('nodejs_external_memory_bytes') / 2 ** 20,
    lagP99: metric('nodejs_eventloop_lag_p99_seconds') * 1000,
    lagMost: metric('nodejs_eventloop_lag_max_seconds') * 1000,
    cpuApp: await app.cpu(),
    cpuPostgres: await server.cpu(),
    tables: Object.fromEntries(tables.rows.map(({ name, ...size }) => [name, size])),
  };
}
