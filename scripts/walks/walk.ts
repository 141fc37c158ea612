import { parseArgs } from 'node:util';

export interface Walk {
  /** Borrows the packages of this folder, and makes everything smaller: what `npm test` does. */
  short: boolean;
  /** Of the command line, beside `--short`. */
  given: Partial<Record<string, string>>;
  /** One thing that the operator does or sees; said with its time when it is done. @throws what `work` throws */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** What is to be taken away at the end, the newest first. */
  later(undo: () => unknown): void;
  /** What is shown where a step fails. */
  evidence(log: () => string): void;
}

/**
 * Goes an operator's way from its first command to its last one, says each step, and takes away what it made. A step that
 * fails ends it: one sentence, and the exit code 1.
 * @param options names of further options, each with a value
 */
export async function walk(
  title: string,
  options: readonly string[],
  go: (walk: Walk) => Promise<void>,
): Promise<void> {
  const { short, ...given } = parseArgs({
    options: {
      short: { type: 'boolean' },
      ...Object.fromEntries(options.map((name) => [name, { type: 'string' as const }])),
    },
  }).values as { short?: boolean } & Partial<Record<string, string>>;
  const undone: (() => unknown)[] = [];
  const logs: (() => string)[] = [];
  const takeAway = async () => {
    for (const undo of undone.splice(0).reverse())
      await Promise.resolve(undo()).catch((error: unknown) => say(`  (not taken away: ${wordsOf(error)})`));
  };
  let doing = '';
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void takeAway().then(() => process.exit(1)));
  say(title);
  try {
    await go({
      short: short ?? false,
      given,
      later: (undo) => undone.push(undo),
      evidence: (log) => logs.push(log),
      async step(what, work) {
        doing = what;
        const since = performance.now();
        const value = await work();
        say(`✓ ${what} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
        return value;
      },
    });
    say('The whole way was gone.');
  } catch (error) {
    say(`✗ ${doing}\n${wordsOf(error)}`);
    for (const log of logs) say(log().slice(-2000));
    process.exitCode = 1;
  } finally {
    await takeAway();
  }
}

/** A line that the operator reads. */
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** @throws the sentence, when it is not so */
export function expectThat(isSo: boolean, sentence: string): asserts isSo {
  if (!isSo) throw new Error(sentence);
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
