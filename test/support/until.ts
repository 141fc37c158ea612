import { setTimeout as delay } from 'node:timers/promises';

/** A look costs the page, the app or the database some milliseconds of work: what takes long is looked at less often. */
const OFTEN_MS = 15;
const SELDOM_MS = 200;

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
  const began = Date.now();
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    const waited = Date.now() - began;
    if (waited > timeoutMs)
      throw new Error(`Waited ${timeoutMs} ms in vain until ${what}; last saw ${String(last)}`);
    await delay(Math.min(SELDOM_MS, Math.max(OFTEN_MS, waited / 10)));
  }
}
