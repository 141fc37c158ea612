/** Lets one loop sleep until it is woken or its time is up; a wake while it is busy is not lost. */
export interface Wake {
  now: () => void;
  sleep: (ms: number) => Promise<void>;
  /** What is about to begin covers every wake so far. */
  heard: () => void;
}

export function createWake(): Wake {
  let woken = false;
  let resolve: (() => void) | undefined;
  return {
    now() {
      woken = true;
      resolve?.();
    },
    async sleep(ms) {
      if (!woken) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((done) => {
          resolve = done;
          timer = setTimeout(done, ms);
        });
        clearTimeout(timer);
      }
      resolve = undefined;
      woken = false;
    },
    heard() {
      woken = false;
    },
  };
}

/** Wake-ups closer together than this are one, ms. */
const GRAIN_MS = 20;

/** Wakes a loop when what has just come in has settled: no looking in between, and one timer for all of a moment. */
export function createSettleWake(
  settleMs: number,
  wake: () => void,
): { expect: () => void; stop: () => void } {
  const timers = new Set<NodeJS.Timeout>();
  let latest = -Infinity;
  return {
    expect() {
      const now = performance.now();
      if (settleMs === 0 || now - latest < GRAIN_MS) return;
      // What comes in within the grain after this one is due by then, too.
      latest = now;
      const timer = setTimeout(() => {
        timers.delete(timer);
        wake();
      }, settleMs + GRAIN_MS);
      timers.add(timer);
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
