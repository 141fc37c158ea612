import { expect, test } from 'vitest';
import { tellSevenFaults } from './seven-faults.ts';

/** The same story at full length, with the bounds of a real one: `npm run bench -- --only faults`. */
test('seven things break one right after the other while customers write: everything arrives, under one id, soon after', async () => {
  const told: string[] = [];
  const account = await tellSevenFaults(
    {
      perSecond: 7,
      warmUpMs: 3000,
      awayMs: 2000,
      partAwayMs: 3000,
      redisAwayMs: 9000,
      stoppedMs: 9000,
      betweenMs: 3000,
      patienceMs: 240_000,
      msPerConversation: 0,
    },
    (line) => told.push(line),
  );
  const evidence = JSON.stringify({ account, told });
  expect(account.written, evidence).toBeGreaterThan(200);
  expect([account.missing, account.twice], evidence).toEqual([0, 0]);
  expect(account.fetched, evidence).toBeGreaterThan(0);
  // The app lives for three seconds between two faults: what they take is no time in which anything could be fetched.
  expect(account.fetchedAfterWholeMs, evidence).toBeLessThan(60_000);
  // Nobody waits longer than 20 s for what is missing, and here the next fault is there before; so not the 1 % of the long story.
  expect(account.outOfOrder / account.written, evidence).toBeLessThan(0.25);
}, 900_000);
