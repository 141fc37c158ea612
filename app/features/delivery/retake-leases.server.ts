import type pg from 'pg';
import type { ClaimedDelivery } from './claimed-delivery.ts';

/**
 * Of deliveries whose lease was swept while their send was out: takes the lease again where nobody else has it and nothing
 * else was recorded since, and takes back the attempt that the sweep had put down as interrupted, for it was not.
 */
const RETAKE = `
WITH open AS (
  SELECT d.seq, d.conversation_key, d.attempts_total
  FROM deliveries d JOIN unnest($2::bigint[], $3::int[], $4::int[]) AS out (seq, run, before)
    ON d.seq = out.seq AND d.run = out.run
  WHERE d.finished_at IS NULL AND (d.attempts_total = out.before
    OR (d.attempts_total = out.before + 1 AND EXISTS (
      SELECT FROM attempts a WHERE a.seq = d.seq AND a.number = d.attempts_total
        AND a.outcome = 'interrupted' AND a.worker = $1::text)))
  FOR UPDATE OF d
), leased AS (
  INSERT INTO leases (seq, conversation_key, owner) SELECT seq, conversation_key, $1::uuid FROM open
  ON CONFLICT DO NOTHING RETURNING seq
), ours AS (
  SELECT seq FROM leased UNION SELECT l.seq FROM leases l JOIN open USING (seq) WHERE l.owner = $1::uuid
), untrue AS (
  DELETE FROM attempts a USING open o
  WHERE a.seq = o.seq AND a.number = o.attempts_total AND a.outcome = 'interrupted' AND a.worker = $1::text
    AND o.seq IN (SELECT seq FROM ours)
  RETURNING a.seq
), uncounted AS (
  UPDATE deliveries d SET attempts_total = d.attempts_total - 1 FROM untrue u WHERE d.seq = u.seq
)
SELECT seq FROM ours`;

/**
 * @param out as they were claimed before they were sent
 * @returns the deliveries that this worker may record an answer for after all
 */
export async function retakeLeases(
  pool: pg.Pool,
  owner: string,
  out: readonly Pick<ClaimedDelivery, 'seq' | 'run' | 'attemptsTotal'>[],
): Promise<Set<number>> {
  if (out.length === 0) return new Set();
  const { rows } = await pool.query<{ seq: number }>({
    name: 'retake',
    text: RETAKE,
    values: [
      owner,
      out.map(({ seq }) => seq),
      out.map(({ run }) => run),
      out.map(({ attemptsTotal }) => attemptsTotal),
    ],
  });
  return new Set(rows.map(({ seq }) => seq));
}
