import type { Database } from '../lib/database.server.ts';
import type { Logger } from '../lib/log.server.ts';
import type { Loop } from './delivery-loop.server.ts';
import { startPeriodicLoop } from './periodic-loop.server.ts';
import { watchTrouble } from './trouble.ts';
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
