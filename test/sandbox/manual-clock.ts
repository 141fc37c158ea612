import type { ScriptClock } from '../../app/sandbox/demo/outage-script.ts';

/** A clock that moves only when told, and wakes sleepers in the order of their times. */
export function manualClock(): ScriptClock & { advance(seconds: number): Promise<void> } {
  let now = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  /** Everything that can run without time passing has run. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(new Error('aborted'));
        });
      }),
    async advance(seconds) {
      const target = now + seconds * 1000;
      for (;;) {
        await settle();
        const next = [...sleepers].filter(({ at }) => at <= target).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        now = next.at;
        sleepers.delete(next);
        next.wake();
      }
      now = target;
    },
  };
}
