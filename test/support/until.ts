import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a condition.
 * @param check returns a truthy value when the condition holds; what it throws counts as "not yet"
 * @param timeoutMs how long to wait before failing with the last thing that was seen
 */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(`Waited ${timeoutMs} ms in vain until ${what}; last saw ${String(last)}`);
    await delay(15);
  }
}
