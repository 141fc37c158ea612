/** What decides whether a check still says how things are. */
export interface StaleSettings {
  HEALTH_CHECK_INTERVAL: number;
  HEALTH_TIMEOUT: number;
}

/** Older than two check intervals and the time that a check itself may take: nobody has looked since. */
export function isStale(checkedAt: Date, settings: StaleSettings, now: Date): boolean {
  const { HEALTH_CHECK_INTERVAL: interval, HEALTH_TIMEOUT: timeout } = settings;
  return now.getTime() - checkedAt.getTime() > 2 * interval + 2 * timeout;
}
