import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import SlowestFirst from './test/support/slowest-first.ts';

const UNIT = 'test/**/*.unit.test.{ts,tsx}';

/** A test waits for half of its time. More than four want more connections than the server has. */
const WORKERS = Math.min(4, Math.max(2, Math.ceil(availableParallelism() * 1.5)));

/** Needs an older version to begin with: `npm run test:upgrade`. */
const UPGRADE = process.env.UPGRADE_FROM ? [] : ['test/faults/upgrade.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: WORKERS,
    sequence: { sequencer: SlowestFirst },
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      // Pure code: no database, no network, no build.
      { extends: true, test: { name: 'unit', include: [UNIT] } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [UNIT, ...UPGRADE],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
