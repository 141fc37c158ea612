import { setTimeout as delay } from 'node:timers/promises';

/** Of the time that such a job takes, it works one part and rests so many: the disk and the processor are the others'. */
const REST_PARTS = 3;

/** Does one step of a job that is in no hurry, then rests three times as long as it took. */
export async function resting<T>(step: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await step();
  await delay((performance.now() - startedAt) * REST_PARTS);
  return result;
}
