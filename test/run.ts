import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { countLine, filesToRepeat, withRepeated, type FileCount } from './support/run-counts.ts';

/** More than this is no noise of the machine: it is not repeated. */
const MOST_REPEATED = 5;

/**
 * `npm test [-- FILTER…]`: all tests, and the line `N passed, N failed`; exits with 1 when one failed. On CI, whose
 * machines are shared and noisy, up to five files that failed run once more: each whole, in a world of its own, with
 * nothing beside it. What passed only then is named, so that it is looked into.
 */
async function main(filters: string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'test-counts-'));
  try {
    let counts = await run(join(folder, 'first.json'), filters);
    const repeat = process.env.CI ? filesToRepeat(counts) : [];
    if (repeat.length > 0 && repeat.length <= MOST_REPEATED) {
      const names = repeat.map((file) => relative(process.cwd(), file)).join(', ');
      process.stdout.write(`\nFailed, so run once more with nothing beside it: ${names}\n`);
      counts = withRepeated(counts, await run(join(folder, 'second.json'), ['--maxWorkers=1', ...repeat]));
      process.stdout.write(`Run twice: ${names}\n`);
    }
    process.stdout.write(`${countLine(counts)}\n`);
    return counts.length > 0 && counts.every(({ failed }) => failed === 0) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One run of Vitest. Throws when it ends without counts: then nothing is known. */
async function run(countsFile: string, args: string[]): Promise<FileCount[]> {
  const vitest = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
    stdio: 'inherit',
    env: { ...process.env, TEST_COUNTS: countsFile },
  });
  const stop = () => vitest.kill('SIGTERM');
  process.on('SIGTERM', stop);
  await new Promise((resolve) => vitest.on('close', resolve));
  process.off('SIGTERM', stop);
  return JSON.parse(readFileSync(countsFile, 'utf8')) as FileCount[];
}

process.exitCode = await main(process.argv.slice(2));
