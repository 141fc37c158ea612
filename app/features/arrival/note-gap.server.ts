import type pg from 'pg';
import type { Queryable } from '../../lib/database/queryable.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { holdMessages } from '../delivery/hold-messages.server.ts';
import { IS_ALIVE, IS_ANY_SPOOLED, SAFE_TO_SEND, SENDER_HEARD_AT } from '../processes/liveness.ts';

/** Nobody listened until a process was started; one stood still, or was without its database; none came although many should have. */
export type GapKind = 'start' | 'break' | 'silence';

/** Something was expected to come in it: the account is connected, or a message has come. */
const MAY_MISS = `EXISTS (SELECT FROM inbox_messages) OR EXISTS (SELECT FROM arrival_watch WHERE registered_at IS NOT NULL)`;

/**
 * Notes a time that has just ended and in which webhooks may have been lost. A comparison of it begins at once, and what is
 * newer waits for it; both in the caller's transaction, so that nothing slips out in between.
 * @param gap.beganAt null: not known
 * @param gap.nobodySince since when no process lived that sends, if none did: see holdMessages
 */
export async function noteGap(
  client: Queryable,
  gap: { kind: GapKind; beganAt: Date | null; endedAt: Date; nobodySince?: Date | null },
): Promise<void> {
  const { kind, beganAt, endedAt, nobodySince } = gap;
  await client.query('INSERT INTO arrival_gaps (kind, began_at, ended_at) VALUES ($1, $2, $3)', [
    kind,
    beganAt,
    endedAt,
  ]);
  const { rows } = await client.query<{ may_miss: boolean }>(`SELECT ${MAY_MISS} AS may_miss`);
  if (rows[0]!.may_miss) await holdMessages(client, { nobodySince });
}

/** A shorter silence says nothing, s. */
const SHORTEST_S = 8;
/** So many messages would have come at the pace of before: that none did is chance once in e^10, which is 22,000, times. */
const EXPECTED = 10;
/** The pace is counted over the time before the silence, s; a silence is looked for as far back as that again. */
const PACE_S = 120;

/**
 * The last silence that is over and no gap yet: seconds without any message's webhook, after seconds in which so many came
 * that some should have. What lies on disk or is not read yet would look like one.
 */
const SILENCE = `
WITH seconds AS (
  SELECT bucket, sum(n)::int AS n FROM fact_rollups
  WHERE resolution = 'second' AND metric = 'arrival' AND bucket > now() - ${2 * PACE_S} * interval '1 second'
  GROUP BY bucket
), pauses AS (
  SELECT lag(bucket) OVER w AS began_at, bucket + interval '1 second' AS ended_at,
    extract(epoch FROM bucket - lag(bucket) OVER w) - 1 AS silent_s,
    sum(n) OVER (ORDER BY bucket RANGE BETWEEN '${PACE_S} seconds' PRECEDING AND CURRENT ROW) - n AS before
  FROM seconds WINDOW w AS (ORDER BY bucket)
)
SELECT p.began_at AS "beganAt", p.ended_at AS "endedAt" FROM pauses p
WHERE p.silent_s >= ${SHORTEST_S}
  AND p.silent_s * p.before / GREATEST(1, ${PACE_S} - p.silent_s) >= ${EXPECTED}
  AND NOT EXISTS (SELECT FROM arrival_gaps g
    WHERE g.ended_at >= p.began_at AND COALESCE(g.began_at, 'epoch') <= p.ended_at)
  AND NOT ${IS_ANY_SPOOLED}
  AND NOT (SELECT narrowed FROM narrowed_webhooks)
ORDER BY p.ended_at DESC LIMIT 1`;

/**
 * Notes a silence of Chatwoot's own that is over: its workers or its Redis were away while customers wrote, for so short a
 * time that nobody looked. The webhooks of its workers come late, those of its Redis never.
 */
export async function noteSilence({ db, changes, log }: Services): Promise<void> {
  const { rows } = await db.pool.query<{ beganAt: Date; endedAt: Date }>({
    name: 'arrival-silence',
    text: SILENCE,
  });
  const [silence] = rows;
  if (!silence) return;
  await inTransaction(db.pool, (client) => noteGap(client, { kind: 'silence', ...silence }));
  log.info(silence, 'no message came for a while although many should have: Chatwoot is compared');
  changes.announce('work');
}

/** A process that takes webhooks. */
export interface Listener {
  id: string;
  host: string;
  dataDir: string;
}

/**
 * Since when nobody has made up for: the last sign of life of each listener that died, or that was here before this one, and
 * the first orderly stop. What was before the last start is made up for.
 */
const BEFORE_START = `
SELECT LEAST(
  (SELECT min(last_seen) FROM processes p, made_up m
   WHERE p.id <> $1 AND p.role <> 'worker' AND p.last_seen > m.at
     AND (NOT p.${IS_ALIVE} OR (p.host, p.data_dir) = ($2, $3))),
  (SELECT listened_until FROM arrival_watch)) AS began_at`;

const MADE_UP = `
WITH made_up AS (SELECT COALESCE(max(ended_at), 'epoch') AS at FROM arrival_gaps WHERE kind = 'start')`;

/** Since when no process has lived that sends, with what is too short to tell left out; null: one does. */
const NOBODY_SINCE = `
SELECT at FROM (SELECT GREATEST(${SENDER_HEARD_AT}, (SELECT listened_until FROM arrival_watch)) AS at) heard
WHERE at < clock_timestamp() - ${SAFE_TO_SEND}`;

/**
 * A listener says that it lives after a time in which it did not: it has just started, stood still (a machine that slept, a
 * signal), or was without its database. That time is a gap. Call it in the transaction that writes its sign of life, before
 * that: nobody may send anything newer in between.
 */
export async function noteListening(client: Queryable, { id, host, dataDir }: Listener): Promise<void> {
  const own = await client.query<{ last_seen: Date; now: Date; nobody: Date | null }>(
    `SELECT last_seen, clock_timestamp() AS now, (${NOBODY_SINCE}) AS nobody FROM processes WHERE id = $1`,
    [id],
  );
  const [before] = own.rows;
  if (before) {
    const { last_seen: beganAt, now: endedAt, nobody: nobodySince } = before;
    await noteGap(client, { kind: 'break', beganAt, endedAt, nobodySince });
    return;
  }
  const { rows } = await client.query<{ began_at: Date | null; now: Date; nobody: Date | null }>(
    `${MADE_UP} SELECT (${BEFORE_START}) AS began_at, clock_timestamp() AS now, (${NOBODY_SINCE}) AS nobody`,
    [id, host, dataDir],
  );
  const { began_at: beganAt, now: endedAt, nobody: nobodySince } = rows[0]!;
  await noteGap(client, { kind: 'start', beganAt, endedAt, nobodySince });
  await client.query('UPDATE arrival_watch SET listened_until = NULL WHERE listened_until IS NOT NULL');
}

/** A listener stops in good order: its row goes, the time from which nobody may listen stays. */
export async function noteStopped(db: Queryable): Promise<void> {
  await db.query('UPDATE arrival_watch SET listened_until = LEAST(COALESCE(listened_until, now()), now())');
}

const DAY_MS = 86_400_000;
/** Comparisons that found nothing, and gaps, in days. */
const RUNS_KEPT = 30;

/** Removes comparisons that found nothing and gaps when they are old. The newest that is whole stays: the next begins there. */
export async function pruneArrival(pool: pg.Pool, now: Date): Promise<void> {
  const before = new Date(now.getTime() - RUNS_KEPT * DAY_MS);
  await pool.query(
    `DELETE FROM reconciliation_items WHERE reconciliation_id IN (
       SELECT id FROM reconciliations WHERE state = 'failed' AND finished_at < $1)`,
    [before],
  );
  await pool.query(
    `DELETE FROM reconciliations r WHERE state <> 'running' AND finished_at < $1
       AND NOT EXISTS (SELECT FROM reconciled_messages m WHERE m.reconciliation_id = r.id)
       AND until < (SELECT max(until) FROM reconciliations WHERE state = 'done' AND NOT partial)`,
    [before],
  );
  await pool.query('DELETE FROM arrival_gaps WHERE ended_at < $1', [before]);
}
