import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';

/** What is tried together takes no longer, ms, however busy the machine is: what hangs is named, too. */
const BATCH_MS = 120_000;
/** So long is looked, ms, for which inputs of a batch that failed fail alone. */
const ALONE_MS = 60_000;

/**
 * Tries that something holds for a share of 10,000 inputs: `npm test`. FUZZ_INPUTS=1000000 once in a while. Inputs are
 * counted one by one. A batch that fails is printed before anything else is tried, with what makes it again: FUZZ_SEED.
 * @param what the sentence that is to hold, for what is printed
 * @param options.batch inputs that are tried together
 * @param holds throws when it does not
 */
export async function fuzz<T>(
  what: string,
  inputs: fc.Arbitrary<T>,
  options: { share: number; batch: number },
  holds: (inputs: T[]) => Promise<void>,
): Promise<void> {
  const total = Math.max(1, Math.round(Number(process.env.FUZZ_INPUTS ?? 10_000) * options.share));
  const first = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
  for (let tried = 0; tried < total;) {
    const seed = (first + tried) | 0;
    const batch = fc.sample(inputs, { seed, numRuns: Math.min(options.batch, total - tried) });
    await inTime(holds(batch)).catch(async (error: unknown) => {
      print(`${what}: not so with FUZZ_SEED=${seed}, after ${tried} others: ${String(error)}`);
      print(`The ${batch.length} inputs: ${fc.stringify(batch)}`);
      await tryAlone(batch, holds);
      throw error;
    });
    tried += batch.length;
  }
  print(`${what}: so for ${total} inputs (FUZZ_SEED=${first})`);
}

/** How long a test of `fuzz` may take, ms. */
export const fuzzTimeout = 300_000 + Number(process.env.FUZZ_INPUTS ?? 10_000) * 12;

async function tryAlone<T>(batch: T[], holds: (inputs: T[]) => Promise<void>): Promise<void> {
  const until = performance.now() + ALONE_MS;
  for (const one of batch) {
    if (performance.now() > until) return;
    await inTime(holds([one])).catch((error: unknown) => {
      print(`Alone fails ${fc.stringify(one)}: ${String(error)}`);
    });
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  const done = new AbortController();
  const late = delay(BATCH_MS, undefined, { signal: done.signal }).then(() => {
    throw new Error(`nothing came of it within ${BATCH_MS} ms`);
  });
  late.catch(() => undefined);
  await Promise.race([work, late]).finally(() => done.abort());
}

/** Past Vitest, which keeps what a test prints until it has ended. */
const print = (line: string): void => void process.stderr.write(`${line}\n`);
