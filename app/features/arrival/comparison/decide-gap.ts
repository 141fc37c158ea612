/** What was written so long before a gap may have been sent in it, ms. */
const BEFORE_GAP_MS = 10_000;
/** Two comparisons overlap by this much, ms: what was not visible yet when the first one asked is seen by the second. */
export const OVERLAP_MS = 5 * 60_000;
const MINUTE_MS = 60_000;
/** One that failed is gone on with after this, ms: customers wait for what is missing. */
const RETRY_MS = 10_000;

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
  /** Those of them that the latest one does not cover either. */
  further: Gap | null;
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
  /** One that is not done takes the further gap in, and keeps what it has compared. */
  | ({ due: 'widen'; id: number } & Span)
  | ({ due: 'new' } & Span);

interface Span {
  since: Date;
  until: Date;
  /** What lies between the last comparison and `since` is left to the next ordinary one. */
  partial: boolean;
}

/**
 * Whether a gap is to be compared at once: only what was active in it, because customers wait for that, and because the
 * ordinary comparison looks at everything anyway. Nothing is waited for: what was lost in it will not come.
 */
export function decideGap(state: GapState, now: Date): DueGap {
  const { baseline, last, refusedThrough } = state;
  const gap = together(state.open, refusalOf(state, refusedThrough, now));
  if (!baseline || !gap || gap.endedAt <= baseline) return { due: 'no' };
  const span = spanOf(gap, baseline, state.through);
  const isOverdue = last?.state === 'failed' && last.until <= span.since;
  if (!last || last.state === 'done' || isOverdue) return { due: 'new', ...span };
  const further = together(state.further, refusalOf(state, reachOf(state), now));
  if (further && further.endedAt > baseline)
    return { due: 'widen', id: last.id, ...spanOf(further, baseline, state.through) };
  if (last.state === 'running') return { due: 'no' };
  const again = (last.finishedAt ?? last.startedAt).getTime() + RETRY_MS;
  return now.getTime() < again ? { due: 'no' } : { due: 'resume', id: last.id };
}

function spanOf({ beganAt, endedAt }: Gap, baseline: Date, through: Date | null): Span {
  const needed = through ? through.getTime() - OVERLAP_MS : -Infinity;
  const began = beganAt ? beganAt.getTime() - BEFORE_GAP_MS : -Infinity;
  const since = new Date(Math.max(baseline.getTime(), needed, began));
  return { since, until: endedAt, partial: since > (through ?? baseline) };
}

/** How far comparisons reach that cover the minute of refusals, counting the one that is not done. */
function reachOf({ refusedAt, refusedThrough, last }: GapState): Date | null {
  const own = last && refusedAt && last.since <= refusedAt ? last.until : null;
  return own && (!refusedThrough || own > refusedThrough) ? own : refusedThrough;
}

/**
 * At once, and once more when the minute of the refusals is over.
 * @param through how far it is covered from its beginning on
 */
function refusalOf({ refusedAt }: GapState, through: Date | null, now: Date): Gap | null {
  if (!refusedAt) return null;
  const isOpen = (end: Date) => end <= now && (through === null || through < end);
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
