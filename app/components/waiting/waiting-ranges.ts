/** How far the chart of those who wait reaches back. */
export const WAITING_RANGES = {
  '1h': { hours: 1, words: '1 hour' },
  '24h': { hours: 24, words: '24 hours' },
  '7d': { hours: 168, words: '7 days' },
} as const;

export type WaitingRange = keyof typeof WAITING_RANGES;
