import type { Database } from '../database/database.server.ts';
import type { Queryable } from '../database/queryable.server.ts';
import type { ClockDifference } from '../time-words.ts';

/** How old what a process knows of the difference may become before it looks again, ms. */
const LOOK_EVERY_MS = 5000;
/** A difference that stays is written this often, ms; one that moved by `MOVED_MS` at once. */
const WRITE_EVERY_MS = 30_000;
const MOVED_MS = 250;

/** Chatwoot's clock is not ours: what it dates is reckoned with the difference. */
export interface ChatwootClock {
  /** Takes note of an answer of Chatwoot. */
  observe: (answer: DatedAnswer) => void;
  /** By how much its clock is ahead of ours, ms, negative when it is behind; 0 as long as it was not measured. */
  aheadMs(): number;
  /** A moment of ours as Chatwoot's clock names it. */
  there(ours: Date): Date;
  /** A moment that Chatwoot names, by our clock. */
  here(theirs: Date): Date;
  /** Reads what other processes measured. Never rejects: without the database what is known stays in force. */
  refresh(): Promise<void>;
}

const WRITE = `
INSERT INTO chatwoot_clock (ahead_ms, low_ms, high_ms, measured_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (one) DO UPDATE SET ahead_ms = $1, low_ms = $2, high_ms = $3, measured_at = $4
WHERE chatwoot_clock.measured_at <= $4`;

/**
 * The difference as one process knows it: measured by its own calls, else read from the database, where every process
 * leaves what it measured. It is read in the background every five seconds, so asking costs nothing.
 */
export function openChatwootClock(db: Database): ChatwootClock {
  let bounds: ClockBounds | null = null;
  let doubted: ClockBounds | null = null;
  let measuredAt = 0;
  let written = { at: 0, ahead: Number.NaN };
  let lookedAt = -Infinity;
  let looking: Promise<void> | null = null;

  const ahead = () => (bounds ? aheadOf(bounds) : 0);

  async function look() {
    lookedAt = performance.now();
    if (db.status().state !== 'up') return;
    const { rows } = await db.pool.query<{ low_ms: number; high_ms: number; measured_at: Date }>(
      'SELECT low_ms, high_ms, measured_at FROM chatwoot_clock',
    );
    const [row] = rows;
    if (!row || row.measured_at.getTime() <= measuredAt) return;
    bounds = { low: row.low_ms, high: row.high_ms };
    measuredAt = row.measured_at.getTime();
  }
  const refresh = () =>
    (looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = null)));
  db.onStatus(({ state }) => {
    if (state === 'up') void refresh();
  });

  function write() {
    if (!bounds || db.status().state !== 'up') return;
    const now = ahead();
    if (measuredAt - written.at < WRITE_EVERY_MS && Math.abs(now - written.ahead) < MOVED_MS) return;
    const before = written;
    written = { at: measuredAt, ahead: now };
    db.pool.query(WRITE, [now, bounds.low, bounds.high, new Date(measuredAt)]).catch(() => {
      written = before;
    });
  }

  function aheadMs() {
    if (performance.now() - lookedAt >= LOOK_EVERY_MS) void refresh();
    return ahead();
  }
  return {
    observe(answer) {
      // It was timed by this process's own clock; ours, for everybody, is the database's.
      const off = db.clock.processAheadMs() ?? 0;
      const answeredAt = answer.answeredAt - off;
      const seen = boundsOf({ ...answer, askedAt: answer.askedAt - off, answeredAt });
      if (!seen) return;
      // One answer that is far off may be another machine's: it moves no window until a second one says the same.
      if (bounds && isFarFrom(bounds, seen) && (!doubted || isFarFrom(doubted, seen))) {
        doubted = seen;
        return;
      }
      doubted = null;
      bounds = narrowBounds(bounds, seen, answeredAt - measuredAt);
      measuredAt = answeredAt;
      write();
    },
    aheadMs,
    there: (ours) => new Date(ours.getTime() + aheadMs()),
    here: (theirs) => new Date(theirs.getTime() - aheadMs()),
    refresh,
  };
}

/** The difference of the clocks as any process last measured it; null: Chatwoot has not answered yet. */
export async function readClockDifference(db: Queryable, now: Date): Promise<ClockDifference | null> {
  const { rows } = await db.query<{ ahead_ms: number }>('SELECT ahead_ms FROM chatwoot_clock');
  const aheadMs = rows[0]?.ahead_ms;
  if (aheadMs === undefined) return null;
  return { aheadMs, there: new Date(now.getTime() + aheadMs).toISOString(), here: now.toISOString() };
}

/** A smaller difference is the network's as much as the clocks', and is shown nowhere either, ms. */
const LEAST_MS = 2000;

/**
 * SQL for what has to be added to a time of ours to have it as Chatwoot's clock names it: times that Chatwoot dated (waits,
 * messages) are compared with `now() + CHATWOOT_AHEAD`.
 */
export const CHATWOOT_AHEAD = `COALESCE((SELECT CASE WHEN abs(ahead_ms) >= ${LEAST_MS} THEN ahead_ms END FROM chatwoot_clock), 0) * interval '1 millisecond'`;

/**
 * A moment of ours as Chatwoot's clock names it, by the difference that is on record: what Chatwoot dates is compared with
 * this.
 */
export async function chatwootNow(db: Queryable, now: Date): Promise<Date> {
  const { rows } = await db.query<{ ahead_ms: number }>('SELECT ahead_ms FROM chatwoot_clock');
  const ahead = Math.round(rows[0]?.ahead_ms ?? 0);
  return Math.abs(ahead) < LEAST_MS ? now : new Date(now.getTime() + ahead);
}

/** By how much Chatwoot's clock is ahead of ours, ms, at least and at most; negative when it is behind. */
export interface ClockBounds {
  low: number;
  high: number;
}

/** An answer of Chatwoot: its `Date` (RFC 9110, whole seconds), and when we asked and had it, unix ms by our clock. */
export interface DatedAnswer {
  date: string | null;
  /** `Age`: an answer out of a cache tells of an earlier time. */
  age?: string | null;
  askedAt: number;
  answeredAt: number;
}

const SECOND_MS = 1000;
/** An answer that took longer says too little. */
const SLOWEST_MS = 15_000;
/** Two clocks drift apart by no more than this share of the time. */
const DRIFT = 2e-4;

/** What one answer says: its `Date` was cut to the second, at some moment between question and answer. Null: nothing. */
export function boundsOf({ date, age, askedAt, answeredAt }: DatedAnswer): ClockBounds | null {
  const second = date === null ? Number.NaN : Date.parse(date);
  const isFresh = !age || Number(age) === 0;
  if (!Number.isFinite(second) || !isFresh || answeredAt < askedAt || answeredAt - askedAt > SLOWEST_MS)
    return null;
  return { low: second - answeredAt, high: second + SECOND_MS - askedAt };
}

/**
 * Several answers together know it better than one. When they contradict each other a clock was set: the newest counts.
 * @param elapsedMs since `known` was measured
 */
export function narrowBounds(known: ClockBounds | null, seen: ClockBounds, elapsedMs: number): ClockBounds {
  if (!known) return seen;
  const drift = Math.max(0, elapsedMs) * DRIFT;
  const low = Math.max(known.low - drift, seen.low);
  const high = Math.min(known.high + drift, seen.high);
  return low <= high ? { low, high } : seen;
}

/** A clock that is set moves by less; an answer of another machine, or out of a cache that does not say so, by anything. */
const FAR_MS = 3_600_000;

/** Whether two accounts of the difference are more than an hour apart. */
const isFarFrom = (known: ClockBounds, seen: ClockBounds): boolean =>
  seen.low - known.high > FAR_MS || known.low - seen.high > FAR_MS;

/** The one number to reckon with, ms: none where the two clocks may agree, else the middle. */
export function aheadOf({ low, high }: ClockBounds): number {
  return low <= 0 && high >= 0 ? 0 : (low + high) / 2;
}
