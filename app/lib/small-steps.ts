import { setTimeout as delay } from 'node:timers/promises';

/** What a step may take, ms: whoever else wants the disk or the rows waits no longer for it. */
const STEP_MS = 25;
/** Of the time that such a job takes, it works one part and rests so many: disk and processor are the others'. */
const REST_PARTS = 3;
/** Rows of the first step, and of the smallest and the largest that one may become. */
const [FIRST, LEAST, MOST] = [100, 20, 1000];

/**
 * Does a job that is in no hurry in steps of about 25 ms, however busy the machine is, with a rest of three times as long after each.
 * @param step does its work for so many rows; false when nothing is left
 * @param until the job ends with the first step that is done by then, by `performance.now()`
 */
export async function inSmallSteps(
  step: (rows: number) => Promise<boolean>,
  until = Infinity,
): Promise<void> {
  for (let rows = FIRST; ;) {
    const startedAt = performance.now();
    const more = await step(rows);
    const endedAt = performance.now();
    if (!more || endedAt >= until) return;
    const tookMs = endedAt - startedAt;
    await delay(tookMs * REST_PARTS);
    rows = Math.round(Math.min(MOST, Math.max(LEAST, rows * Math.min(2, STEP_MS / tookMs))));
  }
}
