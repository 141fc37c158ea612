export interface ThrottleLimit {
  /** Requests allowed to one IP in each window; the next are answered 429. */
  requests: number;
  windowMs: number;
  /** Seconds in a Retry-After header; Chatwoot sends none by default. */
  retryAfter?: number;
}

/** Counts each address's requests in fixed windows, as rack-attack does in front of the real one. */
export function createThrottle(now: () => number) {
  let limit: ThrottleLimit | null = null;
  let window = 0;
  let refused = 0;
  const inWindow = new Map<string, number>();
  return {
    set(next: ThrottleLimit | null) {
      limit = next;
      window = 0;
      inWindow.clear();
    },
    /** How many requests were answered 429. */
    refusedCount: () => refused,
    /** @returns null when the request may pass */
    refuse(address: string): ThrottleLimit | null {
      if (!limit) return null;
      const current = Math.floor(now() / limit.windowMs);
      if (current !== window) inWindow.clear();
      window = current;
      const count = (inWindow.get(address) ?? 0) + 1;
      inWindow.set(address, count);
      if (count <= limit.requests) return null;
      refused += 1;
      return limit;
    },
  };
}
