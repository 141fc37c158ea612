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
export const isFarFrom = (known: ClockBounds, seen: ClockBounds): boolean =>
  seen.low - known.high > FAR_MS || known.low - seen.high > FAR_MS;

/** The one number to reckon with, ms: none where the two clocks may agree, else the middle. */
export function aheadOf({ low, high }: ClockBounds): number {
  return low <= 0 && high >= 0 ? 0 : (low + high) / 2;
}
