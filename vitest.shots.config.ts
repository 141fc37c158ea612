import { defineConfig } from 'vitest/config';

/** `npm run shots`: pictures of every page in each state, which people look at, and what axe says of them; minutes, so `npm test` leaves them out. */
export default defineConfig({
  test: {
    include: ['test/shots/pages.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
    pool: 'forks',
    disableConsoleIntercept: true,
  },
});
