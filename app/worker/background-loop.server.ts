import type { Database } from '../lib/database/database.server.ts';
import type { Logger } from '../lib/log.server.ts';
import type { Loop } from './delivery-loop.server.ts';
import { type TroubleWatch, watchTrouble } from './loop-trouble.ts';
import { createWake, type Wake } from './wake.ts';

/**
 * A periodic loop whose job may take long because it waits for somebody else's answer: the loop comes round meanwhile, so
 * that a slow Chatwoot does not make this process look dead.
 * @param job returns true when there is more to do at once; must give up soon when the signal aborts
 */
export function startBackgroundLoop(
  options: { name: string; everyMs: number; db: Database; log: Logger; wake?: Wake },
  job: (signal: AbortSignal) => Promise<boolean>,
): Loop {
  const { name, log, wake = createWake() } = options;
  const stopping = new AbortController();
  const trouble = watchTrouble();
  let running: Promise<void> | undefined;

  async function run() {
    try {
      while ((await job(stopping.signal)) && !stopping.signal.aborted) trouble.worked();
      trouble.worked();
    } catch (error) {
      trouble.failed(error);
      log.warn({ loop: name, problem: String(error) }, 'loop');
    } finally {
      running = undefined;
    }
  }
  const loop = startPeriodicLoop({ ...options, wake, trouble }, () => {
    running ??= run();
    return Promise.resolve(false);
  });
  return {
    cameRound: () => loop.cameRound(),
    trouble: () => trouble.current(),
    async stop() {
      stopping.abort();
      await loop.stop();
      await running;
    },
  };
}

/**
 * Does a small job over and over while the database is up.
 * @param job returns true when there is more to do at once
 * @param everyMs pause between two rounds otherwise
 */
export function startPeriodicLoop(
  options: {
    name: string;
    everyMs: number;
    db: Database;
    log: Logger;
    wake?: Wake;
    /** Told of each round by the job itself, when a round goes on after `job` has resolved. */
    trouble?: TroubleWatch;
  },
  job: () => Promise<boolean>,
): Loop {
  const { name, everyMs, db, log } = options;
  const wake = options.wake ?? createWake();
  const trouble = options.trouble ?? watchTrouble();
  let cameRound = performance.now();
  let stopping = false;

  async function run() {
    while (!stopping) {
      cameRound = performance.now();
      let more = false;
      if (db.status().state === 'up') {
        try {
          more = await job();
          if (!options.trouble) trouble.worked();
        } catch (error) {
          trouble.failed(error);
          log.warn({ loop: name, problem: String(error) }, 'loop');
        }
      }
      if (!more) await wake.sleep(everyMs);
    }
  }
  const running = run();
  return {
    cameRound: () => cameRound,
    trouble: () => trouble.current(),
    async stop() {
      stopping = true;
      wake.now();
      await running;
    },
  };
}
