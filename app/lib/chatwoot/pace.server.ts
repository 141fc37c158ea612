import { setTimeout as delay } from 'node:timers/promises';
import type { ChatwootAnswer } from './answer.ts';

export interface Pace {
  /**
   * Makes a call when it is its turn, and waits out a 429 that names no longer time than `maxWaitMs`, six in a row at most;
   * what is asked for afterwards goes slower for a while.
   */
  call<T>(call: () => Promise<ChatwootAnswer<T>>, signal?: AbortSignal): Promise<ChatwootAnswer<T>>;
}

const SLOWEST_MS = 5000;
/** A 429 that asks for no wait at all is waited for all the same, the longer the more often it comes. */
const SHORTEST_MS = 250;
/** Who throttles everything is not asked for ever: somebody is to hear of it. */
const MOST_TRIES = 6;
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
      for (let tried = 1; ; tried += 1) {
        await turn(signal);
        const answer = await call();
        if (answer.outcome !== 'throttled') {
          gap = Math.max(shortest, gap * RECOVERY);
          return answer;
        }
        gap = Math.min(SLOWEST_MS, gap * 2);
        const wait = answer.retryAfterMs ?? SLOWEST_MS;
        if (wait > maxWaitMs || tried >= MOST_TRIES || signal?.aborted) return answer;
        next = Math.max(next, performance.now() + wait);
      }
    },
  };
}

export interface Patience {
  /** How often a call is tried altogether; 6 when left out. */
  attempts?: number;
  /** Longest wait before one more try, ms; 65,000 when left out: Chatwoot counts by the minute. */
  maxWaitMs?: number;
  /** First wait when Chatwoot does not say how long, ms; doubles. 2000 when left out. */
  baseWaitMs?: number;
  /** Ends the waiting; the last answer is given back. */
  signal?: AbortSignal;
}

/**
 * Repeats a call that Chatwoot throttles (429), after the time it names. What it asks beyond `maxWaitMs` is not waited
 * for: the answer stays `throttled`. Every other answer is given back at once.
 * @param call must be safe to repeat when it was throttled: Chatwoot does nothing then
 */
export async function callPatiently<T>(
  call: () => Promise<ChatwootAnswer<T>>,
  { attempts = MOST_TRIES, maxWaitMs = 65_000, baseWaitMs = 2000, signal }: Patience = {},
): Promise<ChatwootAnswer<T>> {
  for (let tried = 1; ; tried += 1) {
    const answer = await call();
    if (answer.outcome !== 'throttled' || tried >= attempts || signal?.aborted) return answer;
    const wait = answer.retryAfterMs ?? Math.min(maxWaitMs, baseWaitMs * 2 ** (tried - 1));
    if (wait > maxWaitMs) return answer;
    // "0", or a date that has passed, would be six calls at once.
    await delay(Math.max(wait, SHORTEST_MS * tried), undefined, { signal }).catch(() => undefined);
  }
}
