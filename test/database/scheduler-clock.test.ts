import { afterEach, beforeEach, expect, test } from 'vitest';
import { startClockLoop } from '../../app/worker/clock-loop.server.ts';
import { startCron } from '../../app/worker/cron.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

let services: TestServices;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await services.close();
});

/** What an hour ahead keeps the scheduler from: its own look, and the jobs of minutes that are still to come. */
const AHEAD = `
SELECT (SELECT count(*) FROM pgboss.version WHERE cron_on > now() + interval '1 minute')
  + (SELECT count(*) FROM pgboss.job WHERE created_on > now() + interval '1 minute') AS n`;

test("jobs by the clock go on when the database's clock was set back by an hour", async () => {
  const { pool } = services.db;
  const cron = startCron(services);
  stops.push(() => cron.stop());
  const rowsOf = async (table: string, what: string) => {
    const found = await pool.query<{ n: number }>(
      'SELECT count(*) AS n FROM pg_tables WHERE (schemaname, tablename) = ($1, $2)',
      ['pgboss', table],
    );
    if (found.rows[0]!.n === 0) return 0;
    return (await pool.query(`SELECT FROM pgboss.${table} WHERE ${what}`)).rowCount ?? 0;
  };
  const looked = async () => (await rowsOf('version', 'cron_on IS NOT NULL')) > 0;
  await until('the job is known', async () => (await rowsOf('queue', "name = 'ledger-check'")) > 0, 60_000);
  await until('the scheduler has looked', looked, 60_000);
  // As it was written by a clock that was an hour ahead of what it is now.
  const hour = "interval '1 hour'";
  await pool.query(`UPDATE pgboss.version SET cron_on = cron_on + ${hour}`);
  await pool.query(
    `INSERT INTO pgboss.job (name, state, created_on, start_after, singleton_on)
     VALUES ('ledger-check', 'completed', now() + ${hour}, now() + ${hour}, date_trunc('minute', now() + ${hour})::timestamp)`,
  );
  const ahead = async () => (await pool.query<{ n: number }>(AHEAD)).rows[0]!.n;
  expect(await ahead()).toBe(2);
  const clock = startClockLoop(services);
  stops.push(() => clock.stop());
  await until('nothing is ahead any more', async () => (await ahead()) === 0, 30_000);
  await until('the scheduler has looked again', looked, 120_000);
}, 240_000);
