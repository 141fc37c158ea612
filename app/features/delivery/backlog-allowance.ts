/** Deliveries of the backlog that may be out at once in the first second after the breaker closed. */
const FIRST = 5;

/**
 * How many deliveries of the backlog one worker may have out at once after the Agent service came back: doubles each
 * second, so that a service that has just recovered is not knocked over by what waited for it.
 * @param closedForMs time since the breaker closed; null: it never opened
 * @param most the worker's own limit
 */
export function backlogAllowance(closedForMs: number | null, most: number): number {
  if (closedForMs === null) return most;
  return Math.min(most, FIRST * 2 ** Math.floor(Math.max(0, closedForMs) / 1000));
}
