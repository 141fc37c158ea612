import type { ReplayOfEvent } from '../dead-letters/dead-letter-view.ts';
import type { Services } from '../../../lib/services.server.ts';

type ReplayState = 'running' | 'paused' | 'cancelled' | 'stopped' | 'done';

export interface ReplayProgress {
  replayId: number;
  state: ReplayState;
  /** Why it stopped by itself, in a sentence. */
  stateReason: string | null;
  createdAt: Date;
  createdBy: string;
  reason: string | null;
  mode: 'normal' | 'careful';
  ratePerSecond: number | null;
  skipAnswered: boolean;
  finishedAt: Date | null;
  total: number;
  /** Sent on their way so far; of these, `delivered + dead` have ended. */
  released: number;
  delivered: number;
  /** Died again: new dead letters. */
  dead: number;
  /** Left out because a person has answered since; still dead letters. */
  skipped: number;
  /** Given back when it was cancelled or stopped; still dead letters. */
  cancelled: number;
  /** Discarded by somebody meanwhile. */
  discarded: number;
  /** Not yet released. */
  waiting: number;
  /** Released, without an outcome yet. */
  inFlight: number;
  /** From the speed measured so far, or from the rate before anything ended; null when neither tells. */
  secondsLeft: number | null;
  /** Entries a second that have ended so far, or the rate before any has; null: it does not run, or neither tells. */
  perSecond: number | null;
}

interface Row {
  id: number;
  state: ReplayState;
  state_reason: string | null;
  created_at: Date;
  created_by: string;
  reason: string | null;
  mode: 'normal' | 'careful';
  rate_per_second: number | null;
  skip_answered: boolean;
  finished_at: Date | null;
  total: number;
  released: bigint;
  delivered: bigint;
  dead: bigint;
  skipped: bigint;
  cancelled: bigint;
  discarded: bigint;
  waiting: bigint;
  in_flight: bigint;
  first_released: Date | null;
}

const SELECT = `SELECT r.id::int AS id, r.state, r.state_reason, r.created_at, r.created_by, r.reason, r.mode,
    r.rate_per_second, r.skip_answered, r.finished_at, r.total, i.*
  FROM chosen r CROSS JOIN LATERAL (
    SELECT count(released_at) AS released, min(released_at) AS first_released,
      count(*) FILTER (WHERE outcome = 'delivered') AS delivered,
      count(*) FILTER (WHERE outcome = 'dead') AS dead,
      count(*) FILTER (WHERE outcome = 'skipped') AS skipped,
      count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled,
      count(*) FILTER (WHERE outcome = 'discarded') AS discarded,
      count(*) FILTER (WHERE outcome IS NULL AND released_at IS NULL) AS waiting,
      count(*) FILTER (WHERE outcome IS NULL AND released_at IS NOT NULL) AS in_flight
    FROM replay_items WHERE replay_id = r.id) i
  ORDER BY r.id DESC`;

/** How far one replay is; null when there is none of that number. */
export async function replayProgress(
  services: Services,
  replayId: number,
  now: Date,
): Promise<ReplayProgress | null> {
  const rows = await services.db.prisma.$queryRawUnsafe<Row[]>(
    `WITH chosen AS (SELECT * FROM replays WHERE id = $1::bigint) ${SELECT}`,
    replayId,
  );
  return rows[0] ? progressOf(rows[0], now) : null;
}

/** Unfinished replays and the newest others, newest first. */
export async function recentReplays(services: Services, now: Date, others = 3): Promise<ReplayProgress[]> {
  const rows = await services.db.prisma.$queryRawUnsafe<Row[]>(
    `WITH chosen AS (
       (SELECT * FROM replays WHERE state IN ('running', 'paused') ORDER BY id DESC LIMIT 20)
       UNION
       (SELECT * FROM replays WHERE state NOT IN ('running', 'paused') ORDER BY id DESC LIMIT $1::int)
     ) ${SELECT}`,
    others,
  );
  return rows.map((row) => progressOf(row, now));
}

function progressOf(row: Row, now: Date): ReplayProgress {
  const [delivered, dead] = [Number(row.delivered), Number(row.dead)];
  const [waiting, inFlight] = [Number(row.waiting), Number(row.in_flight)];
  const ended = delivered + dead;
  const elapsedMs = row.first_released ? now.getTime() - row.first_released.getTime() : 0;
  const runs = row.state === 'running';
  return {
    replayId: row.id,
    state: row.state,
    stateReason: row.state_reason,
    createdAt: row.created_at,
    createdBy: row.created_by,
    reason: row.reason,
    mode: row.mode,
    ratePerSecond: row.rate_per_second,
    skipAnswered: row.skip_answered,
    finishedAt: row.finished_at,
    total: row.total,
    released: Number(row.released),
    delivered,
    dead,
    skipped: Number(row.skipped),
    cancelled: Number(row.cancelled),
    discarded: Number(row.discarded),
    waiting,
    inFlight,
    secondsLeft: runs
      ? secondsLeft({ ended, left: waiting + inFlight, waiting, elapsedMs, rate: row.rate_per_second })
      : null,
    perSecond: runs ? (ended > 0 && elapsedMs > 0 ? (ended * 1000) / elapsedMs : row.rate_per_second) : null,
  };
}

function secondsLeft(p: {
  ended: number;
  left: number;
  waiting: number;
  elapsedMs: number;
  rate: number | null;
}): number | null {
  if (p.left === 0) return 0;
  const byRate = p.rate === null ? null : Math.ceil(p.waiting / p.rate);
  if (p.ended === 0 || p.elapsedMs <= 0) return byRate;
  return Math.max(Math.ceil((p.left * p.elapsedMs) / 1000 / p.ended), byRate ?? 0);
}

/**
 * Every replay that an event was part of, oldest first.
 * Looked up replay by replay in the primary key of `replay_items`: replays are few, their items are many.
 */
export async function replaysOfEvent(services: Services, seq: number): Promise<ReplayOfEvent[]> {
  const rows = await services.db.prisma.$queryRaw<
    {
      id: bigint;
      dead_fact_id: bigint;
      created_at: Date;
      created_by: string;
      reason: string | null;
      outcome: ReplayOfEvent['outcome'];
      released_at: Date | null;
      finished_at: Date | null;
    }[]
  >`
    SELECT r.id, i.dead_fact_id, r.created_at, r.created_by, r.reason, i.outcome, i.released_at, i.finished_at
    FROM replays r
    CROSS JOIN LATERAL (SELECT * FROM replay_items i WHERE i.replay_id = r.id AND i.seq = ${seq}::bigint) i
    ORDER BY r.id`;
  return rows.map((row) => ({
    replayId: Number(row.id),
    deadLetter: Number(row.dead_fact_id),
    createdAt: row.created_at,
    createdBy: row.created_by,
    reason: row.reason,
    outcome: row.outcome,
    releasedAt: row.released_at,
    finishedAt: row.finished_at,
  }));
}
