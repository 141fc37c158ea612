import { defineConfig } from 'vitest/config';
import SlowestFirst from './test/support/slowest-first.ts';

const UNIT = 'test/**/*.unit.test.{ts,tsx}';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
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
          exclude: [UNIT],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
