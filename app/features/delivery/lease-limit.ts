/** A worker that is killed leaves no more than this behind, as a multiple of its connections. */
const MOST = 20;
/** Work leased beyond what the connections take at once, as the time it lasts, seconds. */
const AHEAD_SECONDS = 0.1;
/** Over this time the rate is averaged, ms. */
const SMOOTHED_MS = 200;

/**
 * How many deliveries a worker may have leased: enough to send while results are recorded and the next are claimed, and
 * no more, so that several workers share a backlog that a slow service lets out slowly.
 * @param perSecond deliveries this worker finishes at present
 */
export function leaseLimit(connections: number, perSecond: number): number {
  return Math.min(MOST * connections, 2 * connections + Math.round(perSecond * AHEAD_SECONDS));
}

/** Moving average of a rate after `n` more were finished in `ms`, per second. */
export function smoothedRate(perSecond: number, n: number, ms: number): number {
  if (ms <= 0) return perSecond;
  const weight = 1 - Math.exp(-ms / SMOOTHED_MS);
  return perSecond + ((n / ms) * 1000 - perSecond) * weight;
}
