/** What decides whether a check still says how things are. */
export interface StaleSettings {
  HEALTH_CHECK_INTERVAL: number;
  HEALTH_TIMEOUT: number;
}

/**
 * Older than two check intervals and the time that a check itself may take: nobody has looked since.
 * @param speed of a drill, whose checks come so much faster
 */
export function isStale(checkedAt: Date, settings: StaleSettings, now: Date, speed = 1): boolean {
  const { HEALTH_CHECK_INTERVAL: interval, HEALTH_TIMEOUT: timeout } = settings;
  return now.getTime() - checkedAt.getTime() > (2 * interval) / speed + 2 * timeout;
}
