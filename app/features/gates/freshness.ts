/** How long what the app checked counts, ms: a restoration is decided on how things are now. */
export const FRESH_MS = 15 * 60_000;

export interface Freshness {
  /** Evidence from before this does not count: the outage began after it. */
  since: Date | null;
  now: Date;
}

/** Whether evidence still counts, and if not, why, to stand after "but". */
export function isFresh(
  at: Date,
  { since, now }: Freshness,
): { fresh: true } | { fresh: false; why: string } {
  if (since && at < since) return { fresh: false, why: 'that was before this outage began' };
  if (now.getTime() - at.getTime() > FRESH_MS) return { fresh: false, why: 'that is over 15 min old' };
  return { fresh: true };
}
