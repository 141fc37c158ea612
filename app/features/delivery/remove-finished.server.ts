import type pg from 'pg';
import { resting } from '../../lib/resting.ts';

/** Events a statement walks over, so that none holds its locks for long. */
const BATCH = 500;
const DAY_MS = 86_400_000;

/**
 * One step of a walk in order of receipt: of the next events those that were settled long ago go, with their deliveries and
 * attempts, and are added to what was removed, all in one statement. Open dead letters and what is pending stay, however old.
 * Guarded by state: whoever takes a discard back locks the same row.
 */
const STEP = `
WITH walked AS (
  SELECT seq, received_at FROM deliveries WHERE seq > $1 ORDER BY seq LIMIT ${BATCH}
), gone AS (
  DELETE FROM deliveries WHERE seq IN (SELECT seq FROM walked WHERE received_at < $2)
    AND state IN ('delivered', 'discarded') AND finished_at < $2 RETURNING seq, state
), events AS (
  DELETE FROM webhook_events WHERE seq IN (SELECT seq FROM gone) RETURNING source, event
), attempts AS (
  DELETE FROM attempts WHERE seq IN (SELECT seq FROM gone)
), waiting AS (
  DELETE FROM retention_waiting WHERE seq IN (SELECT seq FROM gone)
), counted AS (
  UPDATE retention_totals SET
    delivered = delivered + (SELECT count(*) FROM gone WHERE state = 'delivered'),
    discarded = discarded + (SELECT count(*) FROM gone WHERE state = 'discarded'),
    reconciled = reconciled + (SELECT count(*) FROM events WHERE source = 'reconciled' AND event = 'message_created'),
    through_at = $2
  WHERE EXISTS (SELECT FROM gone)
)
SELECT (SELECT count(*)::int FROM gone) AS removed, (SELECT max(seq) FROM walked) AS last,
  (SELECT count(*) = ${BATCH} AND max(received_at) < $2 FROM walked) AS more`;

/** What each entry of a replay came to is of use as long as the entries are there. */
const ITEMS = `DELETE FROM replay_items WHERE replay_id IN (SELECT id FROM replays WHERE finished_at < $1)`;

/**
 * Removes events that were delivered or discarded more than `retentionDays` ago, with their deliveries and attempts. The
 * ledger keeps counting them (`retention_totals`). Interrupted at any point, the next run goes on.
 * @param options.retentionDays 0 keeps everything
 * @param options.forMs goes on no longer than this, ms: the rest is left to the next run
 * @returns how many events went
 */
export async function removeFinished(
  pool: pg.Pool,
  { retentionDays, now, forMs }: { retentionDays: number; now: Date; forMs: number },
): Promise<number> {
  if (retentionDays === 0) return 0;
  const cutoff = new Date(now.getTime() - retentionDays * DAY_MS);
  const until = performance.now() + forMs;
  let removed = 0;
  for (let after = 0; performance.now() < until;) {
    const { rows } = await resting(() =>
      pool.query<{ removed: number; last: number | null; more: boolean }>({
        name: 'remove-finished',
        text: STEP,
        values: [after, cutoff],
      }),
    );
    const step = rows[0]!;
    removed += step.removed;
    if (!step.more || step.last === null) break;
    after = step.last;
  }
  await pool.query(ITEMS, [cutoff]);
  return removed;
}
