import type pg from 'pg';

/**
 * Takes the leases of processes that have not been heard of for 8 s, so that their deliveries go on. What was out is
 * kept as an attempt of its own: the message may or may not have been sent.
 */
const SWEEP = `
WITH gone AS (
  DELETE FROM leases l
  WHERE NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = l.owner AND p.last_seen > now() - interval '8 seconds')
  RETURNING l.seq, l.owner, l.taken_at, l.kind
), tried AS (
  INSERT INTO attempts (seq, number, run, kind, started_at, duration_ms, outcome, error, worker)
  SELECT d.seq, d.attempts_total + 1, d.run, g.kind, g.taken_at, 0, 'interrupted',
    'A worker stopped before it recorded a result; the message may or may not have been sent.', g.owner::text
  FROM gone g JOIN deliveries d USING (seq)
  ON CONFLICT DO NOTHING
)
UPDATE deliveries d SET attempts_total = d.attempts_total + 1, last_outcome = 'interrupted', last_status = NULL
FROM gone g WHERE d.seq = g.seq AND d.state = 'pending'
RETURNING d.seq`;

/**
 * @returns how many deliveries were taken over
 */
export async function sweepLeases(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query({ name: 'sweep', text: SWEEP });
  return rowCount ?? 0;
}
