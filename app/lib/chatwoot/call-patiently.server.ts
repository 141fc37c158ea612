import { setTimeout as delay } from 'node:timers/promises';
import type { ChatwootAnswer } from './answer.ts';

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
  { attempts = 6, maxWaitMs = 65_000, baseWaitMs = 2000, signal }: Patience = {},
): Promise<ChatwootAnswer<T>> {
  for (let tried = 1; ; tried += 1) {
    const answer = await call();
    if (answer.outcome !== 'throttled' || tried >= attempts || signal?.aborted) return answer;
    const wait = answer.retryAfterMs ?? Math.min(maxWaitMs, baseWaitMs * 2 ** (tried - 1));
    if (wait > maxWaitMs) return answer;
    await delay(wait, undefined, { signal }).catch(() => undefined);
  }
}
