/** Ranges of the latency charts, in hours. */
export const HEALTH_RANGES = { '1h': 1, '24h': 24, '7d': 168 } as const;
export type HealthRange = keyof typeof HEALTH_RANGES;
