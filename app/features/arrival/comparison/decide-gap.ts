/** What was written so long before a gap may have been sent in it, ms. */
const BEFORE_GAP_MS = 10_000;
/** Two comparisons overlap by this much, ms: what was not visible yet when the first one asked is seen by the second. */
export const OVERLAP_MS = 5 * 60_000;
const MINUTE_MS = 60_000;
/** One that failed is gone on with after this, ms: customers wait for what is missing. */
const RETRY_MS = 10_000;
/** So long after its beginning one that runs is begun again when a further gap ends; later it is finished first, ms. */
const JOIN_MS = 30_000;

/** A time in which webhooks may have been lost. */
interface Gap {
  /** Null: not known. */
  beganAt: Date | null;
  endedAt: Date;
}

export interface GapState {
  /** When the oldest webhook whose message is known came: what is older is not ours to look for. Null: none came ever. */
  baseline: Date | null;
  /** Everything before it has been compared; null: nothing yet. */
  through: Date | null;
  /** Gaps that no comparison has covered, as one. */
  open: Gap | null;
  /** The beginning of the latest minute in which webhooks were refused that may have been Chatwoot's. */
  refusedAt: Date | null;
  /** How far comparisons reach that cover this minute from its beginning on. */
  refusedThrough: Date | null;
  /** The latest comparison of a gap. */
  last: {
    id: number;
    state: 'running' | 'done' | 'failed';
    since: Date;
    until: Date;
    startedAt: Date;
    finishedAt: Date | null;
  } | null;
}

export type DueGap =
  | { due: 'no' }
  | { due: 'resume'; id: number }
  /**
   * `partial`: what lies between the last comparison and `since` is left to the next ordinary one. `instead`: one that runs
   * is given up, because this one covers both gaps.
   */
  | { due: 'new'; since: Date; until: Date; partial: boolean; instead: number | null };

/**
 * Whether a gap is to be compared at once: only what was active in it, because customers wait for that, and because the
 * ordinary comparison looks at everything anyway. Nothing is waited for: what was lost in it will not come.
 */
export function decideGap(state: GapState, now: Date): DueGap {
  const { baseline, last, through } = state;
  const gap = together(state.open, refusalOf(state, now));
  if (!baseline || !gap || gap.endedAt <= baseline) return { due: 'no' };
  if (last?.state === 'running' && !isJoined(last, gap, now)) return { due: 'no' };
  const needed = through ? through.getTime() - OVERLAP_MS : -Infinity;
  const began = gap.beganAt ? gap.beganAt.getTime() - BEFORE_GAP_MS : -Infinity;
  const since = new Date(Math.max(baseline.getTime(), needed, began));
  if (last?.state === 'failed' && last.since <= since && last.until >= gap.endedAt)
    return now.getTime() < (last.finishedAt ?? last.startedAt).getTime() + RETRY_MS
      ? { due: 'no' }
      : { due: 'resume', id: last.id };
  const instead = last?.state === 'running' ? last.id : null;
  return { due: 'new', since, until: gap.endedAt, partial: since > (through ?? baseline), instead };
}

/** What runs would let go what waits for the further gap. */
const isJoined = (last: { until: Date; startedAt: Date }, gap: Gap, now: Date): boolean =>
  gap.endedAt > last.until && now.getTime() < last.startedAt.getTime() + JOIN_MS;

/** At once, and once more when the minute of the refusals is over. */
function refusalOf({ refusedAt, refusedThrough }: GapState, now: Date): Gap | null {
  if (!refusedAt) return null;
  const isOpen = (end: Date) => end <= now && (refusedThrough === null || refusedThrough < end);
  const minuteEnd = new Date(refusedAt.getTime() + MINUTE_MS);
  if (isOpen(minuteEnd)) return { beganAt: refusedAt, endedAt: minuteEnd };
  return isOpen(refusedAt) ? { beganAt: refusedAt, endedAt: now } : null;
}

function together(a: Gap | null, b: Gap | null): Gap | null {
  if (!a || !b) return a ?? b;
  return {
    beganAt: a.beganAt && b.beganAt && (a.beganAt < b.beganAt ? a.beganAt : b.beganAt),
    endedAt: a.endedAt > b.endedAt ? a.endedAt : b.endedAt,
  };
}
