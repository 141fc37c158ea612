import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runInBackground, type BackgroundProcess } from '../support/app-process.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { until } from '../support/until.ts';
import { createFallbackWorld, type FallbackWorld } from './world.ts';

const SLACK = { SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/slack' };

let world: FallbackWorld;
let blocker: pg.Client;
beforeEach(async () => {
  world = await createFallbackWorld(SLACK);
  blocker = new pg.Client({ connectionString: world.services.databaseUrl });
  await blocker.connect();
});
afterEach(async () => {
  await blocker.end();
  await world.close();
});

const start = (...args: string[]) =>
  runInBackground(args, {
    ...SLACK,
    LOG_LEVEL: 'silent',
    ROLE: 'worker',
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
  });
const sessions = async (condition: string) => {
  const { rows } = await world.services.db.pool.query<{ n: number }>(
    `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${condition}`,
  );
  return rows[0]!.n;
};

/** Kills a process with -9 while it waits, in the middle of its transaction, for a table that somebody holds. */
async function killAt(table: string, begin: () => BackgroundProcess): Promise<BackgroundProcess> {
  await blocker.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  const process = begin();
  await until('it is in the middle', async () => (await sessions(`wait_event_type = 'Lock'`)) > 0, 60_000);
  await process.kill('SIGKILL');
  await blocker.query('ROLLBACK');
  await until('its sessions are gone', async () => (await sessions('xact_start IS NOT NULL')) === 0);
  return process;
}
const count = async (table: string) =>
  (await world.services.db.pool.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]!.n;

test('whoever switches is killed before the commit: nothing was done, and it can be done again', async () => {
  await insertEvents(world.services, { state: 'pending', conversation: 1, signal: 'customer_message' });
  await killAt('audit_log', () => start('app/cli/fallback.ts', 'on', '--reason', 'x'));
  expect(await world.state()).toMatchObject({ state: 'off', version: 1 });
  expect([await count('fallback_runs'), await count('fallback_actions'), await count('audit_log')]).toEqual([
    0, 0, 0,
  ]);

  expect(await world.toggle({ to: 'on' })).toMatchObject({ outcome: 'switched', held: 1 });
  await insertEvents(world.services, {
    state: 'pending',
    conversation: 1,
    signal: 'agent_reply',
    receivedAt: new Date(),
  });
  await killAt('audit_log', () =>
    start('app/cli/fallback.ts', 'off', '--reason', 'x', '--override', 'customers wait'),
  );
  expect(await world.state()).toMatchObject({ state: 'on', version: 2 });
  expect([await count('fallback_skips'), await count(`deliveries WHERE state = 'pending'`)]).toEqual([0, 2]);
  expect(await world.toggle({ to: 'off' })).toMatchObject({ outcome: 'switched', skipped: 1 });
});

test('a worker is killed in the middle of the notice: the team is told once', async () => {
  await world.toggle({ to: 'on' });
  const { pid } = await killAt('notifications', () => start('app/server/main.ts'));
  expect(await count('notifications')).toBe(0);
  // To the others it is gone as if 8 s had passed.
  await world.services.db.pool.query(
    `UPDATE processes SET last_seen = last_seen - interval '1 minute' WHERE pid = $1`,
    [pid],
  );
  await world.work();
  await world.work();
  const [notice] = await world.steps('on');
  expect(notice).toMatchObject({ kind: 'notice', state: 'done' });
  expect(await count('notifications')).toBe(1);
});
