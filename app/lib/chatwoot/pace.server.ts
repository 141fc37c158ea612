import { setTimeout as delay } from 'node:timers/promises';
import type { ChatwootAnswer } from './answer.ts';

export interface Pace {
  /**
   * Makes a call when it is its turn, and waits out a 429 that names no longer time than `maxWaitMs`; what is asked for
   * afterwards goes slower for a while.
   */
  call<T>(call: () => Promise<ChatwootAnswer<T>>, signal?: AbortSignal): Promise<ChatwootAnswer<T>>;
}

const SLOWEST_MS = 5000;
/** How much faster it gets with each answer after a 429. */
const RECOVERY = 0.98;

/**
 * Keeps a long series of calls out of the way of the people who work with Chatwoot.
 * @param options.perSecond calls a second at most; after a 429 half of it, and slowly more again
 * @param options.maxWaitMs longest wait after a 429 before the answer is given back as it is, ms
 */
export function createPace({ perSecond = 10, maxWaitMs = 65_000 } = {}): Pace {
  const shortest = 1000 / perSecond;
  let gap = shortest;
  let next = 0;

  async function turn(signal?: AbortSignal) {
    const now = performance.now();
    const at = Math.max(now, next);
    next = at + gap;
    if (at > now) await delay(at - now, undefined, { signal }).catch(() => undefined);
  }
  return {
    async call(call, signal) {
      for (;;) {
        await turn(signal);
        const answer = await call();
        if (answer.outcome !== 'throttled') {
          gap = Math.max(shortest, gap * RECOVERY);
          return answer;
        }
        gap = Math.min(SLOWEST_MS, gap * 2);
        const wait = answer.retryAfterMs ?? SLOWEST_MS;
        if (wait > maxWaitMs || signal?.aborted) return answer;
        next = Math.max(next, performance.now() + wait);
      }
    },
  };
}
