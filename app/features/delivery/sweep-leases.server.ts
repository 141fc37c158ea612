import type pg from 'pg';
import { LEASE_LIFETIME } from './lease-lifetime.ts';

/** Owners of leases that have not been heard of lately. This process knows of itself that it lives. */
const SILENT = `
SELECT DISTINCT l.owner FROM leases l
WHERE l.owner <> $1 AND NOT EXISTS (
  SELECT FROM processes p WHERE p.id = l.owner AND p.last_seen > clock_timestamp() - ${LEASE_LIFETIME})`;

/**
 * Takes the leases of those who are still silent, so that their deliveries go on. What was out is kept as an attempt of its
 * own: the message may or may not have been sent.
 */
const SWEEP = `
WITH gone AS (
  DELETE FROM leases l
  WHERE l.owner = ANY($1::uuid[]) AND NOT EXISTS (
    SELECT FROM processes p WHERE p.id = l.owner AND p.last_seen > clock_timestamp() - ${LEASE_LIFETIME})
  RETURNING l.seq, l.owner, l.taken_at, l.kind
), counted AS (
  UPDATE deliveries d SET attempts_total = d.attempts_total + 1, last_outcome = 'interrupted', last_status = NULL
  FROM gone g WHERE d.seq = g.seq AND d.state = 'pending'
  RETURNING d.seq, d.run, d.attempts_total AS number, g.owner, g.taken_at, g.kind
)
INSERT INTO attempts (seq, number, run, kind, started_at, duration_ms, outcome, error, worker)
SELECT seq, number, run, kind, taken_at, 0, 'interrupted',
  'A worker stopped before it recorded a result; the message may or may not have been sent.', owner::text
FROM counted
ON CONFLICT DO NOTHING`;

/** Looks again and again who is gone. Call it once a second. */
export interface LeaseSweeper {
  /** @returns how many deliveries were taken over */
  sweep(pool: pg.Pool): Promise<number>;
}

/**
 * A worker is taken for dead when two rounds in a row find it silent: after a lock on `processes`, all heartbeats that
 * waited for it are late at once, and the first round would take leases from workers that are well.
 * @param self this process, whose own leases are never taken
 */
export function createLeaseSweeper(self: string): LeaseSweeper {
  let silentBefore = new Set<string>();
  return {
    async sweep(pool) {
      const { rows } = await pool.query<{ owner: string }>({
        name: 'silent-owners',
        text: SILENT,
        values: [self],
      });
      const silent = rows.map(({ owner }) => owner);
      const gone = silent.filter((owner) => silentBefore.has(owner));
      silentBefore = new Set(silent);
      if (gone.length === 0) return 0;
      const { rowCount } = await pool.query({ name: 'sweep', text: SWEEP, values: [gone] });
      return rowCount ?? 0;
    },
  };
}
