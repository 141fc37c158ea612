import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { PartResult } from '../findings.ts';
import { byTurns, median, medianRatio } from '../measures.ts';
import { openSides } from './together/sides.ts';

/** What a disk far away adds to each flush of the log, ms. */
const SLOWER_MS = 5;
const AT_LEAST = 0.5;

/**
 * Both at once on a disk whose flushes are made slow, beside the disk as it is, by turns. The server waits before each flush
 * (`commit_delay` with nobody else needed), and whoever commits meanwhile goes with it, as on a slow disk.
 */
export function benchFlushes({ quick }: { quick: boolean }): Promise<PartResult> {
  const rounds = quick ? 2 : 5;
  const count = quick ? 5000 : 20_000;
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const sides = await openSides(server, null, later);
    const withDelay = async (ms: number, sent: number) => {
      await server.configure({ commit_delay: String(ms * 1000), commit_siblings: '0' });
      return sides.runApp(sent);
    };
    await withDelay(0, count / 2);
    await withDelay(SLOWER_MS, count / 2);
    const figures = await byTurns(rounds, {
      slow: () => withDelay(SLOWER_MS, count),
      fast: () => withDelay(0, count),
    });
    const part = `flushes ${SLOWER_MS} ms slower`;
    return {
      findings: [
        { part, what: 'taken and delivered, the disk as it is', value: median(figures.fast), unit: '/s' },
        { part, what: 'taken and delivered, flushes slower', value: median(figures.slow), unit: '/s' },
        {
          ...{ part, what: 'ratio of the two', value: medianRatio(figures.slow, figures.fast), unit: '×' },
          bound: { atLeast: AT_LEAST },
        },
      ],
      raw: { perSecond: figures, webhooks: count },
    };
  });
}
