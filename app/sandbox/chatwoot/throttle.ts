export interface ThrottleLimit {
  /** Requests allowed in each window; the next are answered 429. */
  requests: number;
  windowMs: number;
  /** Seconds in a Retry-After header; Chatwoot sends none by default. */
  retryAfter?: number;
}

/** Counts requests in fixed windows, as rack-attack does in front of the real one. */
export function createThrottle(now: () => number) {
  let limit: ThrottleLimit | null = null;
  let window = 0;
  let inWindow = 0;
  let refused = 0;
  return {
    set(next: ThrottleLimit | null) {
      limit = next;
      window = 0;
      inWindow = 0;
    },
    /** How many requests were answered 429. */
    refusedCount: () => refused,
    /** @returns null when the request may pass */
    refuse(): ThrottleLimit | null {
      if (!limit) return null;
      const current = Math.floor(now() / limit.windowMs);
      if (current !== window) inWindow = 0;
      window = current;
      inWindow += 1;
      if (inWindow <= limit.requests) return null;
      refused += 1;
      return limit;
    },
  };
}
