import type pg from 'pg';
import type { ClaimedDelivery } from './claimed-delivery.ts';
import { isAlive } from '../processes/liveness.ts';

/** Owners of leases that have not been heard of lately. This process knows of itself that it lives. */
const SILENT = `
SELECT DISTINCT l.owner FROM leases l
WHERE l.owner <> $1 AND NOT ${isAlive('l.owner')}`;

/**
 * Takes the leases of those who are still silent, so that their deliveries go on. What was out is kept as an attempt of its
 * own: the message may or may not have been sent.
 */
const SWEEP = `
WITH gone AS (
  DELETE FROM leases l
  WHERE l.owner = ANY($1::uuid[]) AND NOT ${isAlive('l.owner')}
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

/** How long until it is tried again: the cure is a setting and a restart. */
const WAIT_SECONDS = 60;

/**
 * Gives back the leases of deliveries whose stored message cannot be decrypted and puts them off. They stay pending, and
 * so do the events after them in their conversations: with the key in place they are delivered, in order, by themselves.
 * `last_attempt_at` lets other events be probed with first.
 */
export async function postponeUnreadable(
  pool: pg.Pool,
  owner: string,
  seqs: readonly number[],
): Promise<void> {
  await pool.query(
    `WITH back AS (DELETE FROM leases WHERE owner = $1 AND seq = ANY($2::bigint[]))
     UPDATE deliveries SET due_at = now() + $3 * interval '1 second', last_attempt_at = now()
     WHERE seq = ANY($2::bigint[]) AND finished_at IS NULL`,
    [owner, seqs, WAIT_SECONDS],
  );
}
