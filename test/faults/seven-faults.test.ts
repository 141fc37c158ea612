import { expect, test } from 'vitest';
import { tellSevenFaults } from './seven-faults.ts';

/** The same story at full length: `npm run bench -- --only faults`. */
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
  expect(account.fetchedAfterMs.p95, evidence).toBeLessThan(60_000);
  expect(account.outOfOrder / account.written, evidence).toBeLessThanOrEqual(0.01);
}, 900_000);
