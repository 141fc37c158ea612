import type pg from 'pg';
import type { ServerLimits } from './limits.ts';

const LIMITS = `
SELECT least(
    current_setting('max_connections')::int
      - CASE WHEN r.rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::int
          + coalesce(current_setting('reserved_connections', true)::int, 0) END,
    nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1)) AS allowed,
  (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used
FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`;

/** @param own connections of this process: they do not count as used by others */
export async function readLimits(client: pg.ClientBase, own: number): Promise<ServerLimits | null> {
  const { rows } = await client.query<ServerLimits>(LIMITS);
  const limits = rows[0];
  return limits ? { ...limits, used: Math.max(0, limits.used - own) } : null;
}
