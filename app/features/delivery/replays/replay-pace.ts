/** Most entries one tick releases, so that a tick's transaction stays short. */
const MAX_PER_TICK = 1000;

/** Entries that a careful replay has out without an outcome at most: what it decides by must not lag behind. */
const CAREFUL_WINDOW = 20;

/** Entries a careful replay begins with. */
const CAREFUL_FIRST = 5;

const LAST = 20;

/**
 * Token bucket of a replay's rate: fills with time, up to one second's worth, so a worker that was away does not
 * make up for it in a burst.
 * @param rate entries a second; null for no limit
 * @returns how many may be released now, and the bucket before they are taken out
 */
export function allowanceAt(
  allowance: number,
  rate: number | null,
  elapsedMs: number,
): { allowance: number; may: number } {
  if (rate === null) return { allowance: 0, may: MAX_PER_TICK };
  const filled = Math.min(allowance + (Math.max(elapsedMs, 0) / 1000) * rate, Math.max(rate, 1));
  // A bucket that is full by all but rounding is full: 0.2 s five times a second must give one, not none.
  return { allowance: filled, may: Math.min(Math.floor(filled + 1e-6), MAX_PER_TICK) };
}

export interface CarefulState {
  /** Entries released so far, and how many of them have no outcome yet. */
  released: number;
  inFlight: number;
  /** Outcomes of the first entries released, at most CAREFUL_FIRST. */
  firstDelivered: number;
  firstDead: number;
  /** Entries that died again among the newest LAST outcomes. */
  deadOfLast: number;
}

export type CarefulDecision = { decision: 'release'; atMost: number } | { decision: 'stop'; reason: string };

/** What a careful replay does next: five first, on only if all of them arrived, stop when most of the last 20 fail. */
export function decideCareful(state: CarefulState): CarefulDecision {
  const { released, inFlight, firstDelivered, firstDead, deadOfLast } = state;
  if (released < CAREFUL_FIRST) return { decision: 'release', atMost: CAREFUL_FIRST - released };
  if (firstDelivered + firstDead < CAREFUL_FIRST) return { decision: 'release', atMost: 0 };
  if (firstDead > 0)
    return {
      decision: 'stop',
      reason: `Stopped by itself: ${firstDead} of the first ${CAREFUL_FIRST} failed again. The rest was not sent and stays in the dead letters.`,
    };
  if (deadOfLast > LAST / 2)
    return {
      decision: 'stop',
      reason: `Stopped by itself: ${deadOfLast} of the last ${LAST} failed again. The rest was not sent and stays in the dead letters.`,
    };
  return { decision: 'release', atMost: Math.max(CAREFUL_WINDOW - inFlight, 0) };
}
