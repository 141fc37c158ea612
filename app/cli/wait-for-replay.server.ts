import { setTimeout as delay } from 'node:timers/promises';
import { readOpsStatus } from '../features/delivery/read-queue.server.ts';
import { replayProgress, type ReplayProgress } from '../features/delivery/replays/read-replays.server.ts';
import type { Services } from '../lib/services.server.ts';
import { replayText } from './status-words.ts';
import { fail } from './with-services.server.ts';

/** A worker that restarts is back well within this time, in ms. */
const NO_WORKER_MS = 20_000;
const LOOK_EVERY_MS = 250;

/** Where the progress is looked up: the database, or a remote app. */
export interface ReplaySource {
  progress(replayId: number): Promise<ReplayProgress | null>;
  /** How many processes deliver. */
  workers(): Promise<number>;
}

/** Looks in the app's own database. */
export function inDatabase(services: Services): ReplaySource {
  return {
    progress: (replayId) => replayProgress(services, replayId, services.db.clock.now()),
    workers: async () => (await readOpsStatus(services, services.db.clock.now())).processes.worker,
  };
}

/**
 * Waits until nothing of a replay is under way any more, printing a line when its progress changes, at most one a
 * second. Gives up when no worker runs: the replay stays recorded and goes on when one starts.
 * @returns the exit code: 0 all delivered (or skipped as asked), else 1
 */
export async function waitForReplay(
  source: ReplaySource,
  replayId: number,
  options: { json: boolean; noWorkerMs?: number },
): Promise<number> {
  let printed = '';
  let printedAt = -Infinity;
  let workerSeen = performance.now();
  for (;;) {
    const progress = await source.progress(replayId);
    if (!progress) return fail(`Replay ${replayId} is gone.`, false);
    const over = isOver(progress);
    const text = replayText(progress);
    if (!options.json && (over || (text !== printed && performance.now() - printedAt >= 1000))) {
      process.stdout.write(`${text}\n`);
      printed = text;
      printedAt = performance.now();
    }
    if (over) {
      if (options.json) process.stdout.write(`${JSON.stringify({ outcome: 'ended', ...progress })}\n`);
      return exitCode(progress);
    }
    if ((await source.workers()) > 0) workerSeen = performance.now();
    else if (performance.now() - workerSeen > (options.noWorkerMs ?? NO_WORKER_MS))
      return fail(
        `No worker is running: replay ${replayId} is recorded and goes on when the app starts.`,
        false,
      );
    await delay(LOOK_EVERY_MS);
  }
}

/** A cancelled or stopped replay still has entries under way that were sent before. */
function isOver(progress: ReplayProgress): boolean {
  return progress.state !== 'running' && progress.state !== 'paused' && progress.inFlight === 0;
}

function exitCode({ dead, delivered, skipped, total }: ReplayProgress): number {
  return dead === 0 && delivered + skipped === total ? 0 : 1;
}
