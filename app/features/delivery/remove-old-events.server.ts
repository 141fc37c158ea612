import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { inSmallSteps } from '../../lib/database/write-in-parts.server.ts';
import { removePayloads } from '../facts/remove-facts.server.ts';
import { REMOVE_EVENT_TEXTS, removeEvents } from '../intake/inbox-row.ts';

const DAY_MS = 86_400_000;

/**
 * One step of a walk in order of receipt: of the next events those that were settled long ago go, with their deliveries and
 * attempts, and are added to what was removed, all in one statement. Open dead letters and what is pending stay, however old.
 * Guarded by state: whoever takes a discard back locks the same row.
 */
const STEP = `
WITH walked AS (
  SELECT seq, received_at FROM deliveries WHERE seq > $1 ORDER BY seq LIMIT $3
), gone AS (
  DELETE FROM deliveries WHERE seq IN (SELECT seq FROM walked WHERE received_at < $2)
    AND state IN ('delivered', 'discarded') AND finished_at < $2 RETURNING seq, state
), events AS (
  ${removeEvents('SELECT seq FROM gone')}
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
  (SELECT count(*) = $3 AND max(received_at) < $2 FROM walked) AS more`;

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
  let removed = 0;
  let after = 0;
  await inSmallSteps(async (walked) => {
    const { rows } = await pool.query<{ removed: number; last: number | null; more: boolean }>({
      name: 'remove-finished',
      text: STEP,
      values: [after, cutoff, walked],
    });
    const step = rows[0]!;
    removed += step.removed;
    after = step.last ?? after;
    return step.more;
  }, performance.now() + forMs);
  await pool.query(ITEMS, [cutoff]);
  return removed;
}

/** Guarded: whoever takes a discard back locks the same row, and one of the two finds that it came too late. */
const MARK = `
UPDATE deliveries SET text_removed_at = $2
WHERE seq = ANY($1::bigint[]) AND state IN ('delivered', 'discarded') AND finished_at < $3 AND text_removed_at IS NULL
RETURNING seq`;

/** Of each event: received bytes, kept headers, beginnings of the Agent service's answers. */
const REMOVE = [
  REMOVE_EVENT_TEXTS,
  `UPDATE attempts SET response = NULL WHERE seq = ANY($1::bigint[]) AND response IS NOT NULL`,
];

/**
 * Removes the texts of events that were delivered or discarded more than `retentionDays` ago. Rows, counts and facts
 * stay; what is pending or an open dead letter is never touched, however old. Interrupted, it goes on where it was.
 * @param retentionDays 0 keeps everything
 * @returns how many events lost their texts
 */
export async function removeTexts(
  pool: pg.Pool,
  { retentionDays, now }: { retentionDays: number; now: Date },
): Promise<number> {
  if (retentionDays === 0) return 0;
  const times = { now, cutoff: new Date(now.getTime() - retentionDays * DAY_MS) };
  let removed = 0;
  let after = 0;
  await inSmallSteps(async (events) => {
    const step = await inTransaction(pool, (client) => visitLeftBehind(client, { after, events }, times));
    removed += step.removed;
    after = step.last;
    return step.visited === events;
  });
  await inSmallSteps(async (events) => {
    const step = await inTransaction(pool, (client) => walkOn(client, events, times));
    removed += step.removed;
    return step.walked === events;
  });
  return removed;
}

interface Times {
  now: Date;
  cutoff: Date;
}

async function visitLeftBehind(
  client: pg.ClientBase,
  { after, events }: { after: number; events: number },
  times: Times,
) {
  const { rows } = await client.query<{ seq: number }>(
    'SELECT seq FROM retention_waiting WHERE seq > $1 ORDER BY seq LIMIT $2 FOR UPDATE SKIP LOCKED',
    [after, events],
  );
  const seqs = rows.map((row) => row.seq);
  const removed = await remove(client, seqs, times);
  await client.query('DELETE FROM retention_waiting WHERE seq = ANY($1::bigint[])', [removed]);
  return { removed: removed.length, visited: seqs.length, last: seqs.at(-1) ?? after };
}

async function walkOn(client: pg.ClientBase, events: number, times: Times) {
  const progress = await client.query<{ through_seq: number }>(
    'SELECT through_seq FROM retention_progress FOR UPDATE',
  );
  const { rows } = await client.query<{ seq: number; received_at: Date }>(
    'SELECT seq, received_at FROM deliveries WHERE seq > $1 ORDER BY seq LIMIT $2',
    [progress.rows[0]!.through_seq, events],
  );
  const end = rows.findIndex((row) => row.received_at >= times.cutoff);
  const seqs = rows.slice(0, end === -1 ? rows.length : end).map((row) => row.seq);
  const removed = await remove(client, seqs, times);
  await client.query(
    `INSERT INTO retention_waiting (seq) SELECT unnest($1::bigint[]) EXCEPT SELECT unnest($2::bigint[])`,
    [seqs, removed],
  );
  await client.query('UPDATE retention_progress SET through_seq = GREATEST(through_seq, $1)', [
    seqs.at(-1) ?? 0,
  ]);
  return { removed: removed.length, walked: seqs.length };
}

async function remove(client: pg.ClientBase, seqs: number[], { now, cutoff }: Times): Promise<number[]> {
  if (seqs.length === 0) return [];
  const { rows } = await client.query<{ seq: number }>(MARK, [seqs, now, cutoff]);
  const marked = rows.map((row) => row.seq);
  if (marked.length === 0) return [];
  for (const statement of REMOVE) await client.query(statement, [marked]);
  await removePayloads(client, marked);
  return marked;
}
