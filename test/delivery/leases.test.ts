import type pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { createLeaseSweeper } from '../../app/features/delivery/leases.server.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

const ANOTHER = '00000000-0000-4000-8000-000000000002';

let world: World;
afterEach(() => world.close());

const delivered = (n: number) =>
  until(`${n} events are delivered`, async () => (await world.states()).delivered === n, 40_000);

async function attempts() {
  const { rows } = await world.services.db.pool.query<{ seq: number; number: number; outcome: string }>(
    'SELECT seq, number, outcome FROM attempts ORDER BY seq, number',
  );
  return rows;
}

/** What another process does that has found ours silent for two rounds. */
const sweepAll = () =>
  inTransaction(world.services.db.pool, async (client) => {
    await client.query("UPDATE processes SET last_seen = now() - interval '1 minute'");
    const sweeper = createLeaseSweeper(ANOTHER);
    const asPool = client as unknown as pg.Pool;
    await sweeper.sweep(asPool);
    return sweeper.sweep(asPool);
  });

test('leases are swept while the requests are out: nothing is sent twice, and every answer is recorded', async () => {
  world = await createWorld({ WEBHOOK_TIMEOUT_MS: '30000' });
  world.agent.setBehaviour(() => ({ mode: 'ok', latencyMs: 3000 }));
  for (let i = 1; i <= 40; i++) await world.write({ conversation: i, message: i });
  await world.startWorker();
  await until('all are out', () => world.agent.records.requests() === 40, 20_000);
  expect(await sweepAll()).toBe(40);
  await delivered(40);
  expect(world.agent.records.requests()).toBe(40);
  expect((await attempts()).map(({ number, outcome }) => [number, outcome])).toEqual(
    Array.from({ length: 40 }, () => [1, 'ok']),
  );
  world.agent.setBehaviour(null);
  await world.write({ conversation: 1, message: 41 });
  await delivered(41);
  expect(await countLedger(world.services.db.pool)).toMatchObject({ received: 41, balanced: true });
}, 90_000);

test('a worker is taken for dead only when two looks in a row find it silent, and never by itself', async () => {
  world = await createWorld();
  const { pool } = world.services.db;
  const seq = await world.write({ conversation: 1, message: 1 });
  await pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'worker', 'elsewhere', 1, now(), now() - interval '9 seconds')`,
    [ANOTHER],
  );
  await pool.query(
    'INSERT INTO leases (seq, conversation_key, owner) SELECT seq, conversation_key, $2 FROM deliveries WHERE seq = $1',
    [seq, ANOTHER],
  );
  const itself = createLeaseSweeper(ANOTHER);
  expect([await itself.sweep(pool), await itself.sweep(pool)]).toEqual([0, 0]);
  const other = createLeaseSweeper(world.services.processId);
  expect(await other.sweep(pool)).toBe(0);
  await pool.query('UPDATE processes SET last_seen = clock_timestamp() WHERE id = $1', [ANOTHER]);
  expect(await other.sweep(pool)).toBe(0);
  await pool.query("UPDATE processes SET last_seen = now() - interval '9 seconds' WHERE id = $1", [ANOTHER]);
  expect([await other.sweep(pool), await other.sweep(pool)]).toEqual([0, 1]);
});

test('a heartbeat that waited for a lock says when it was written', async () => {
  world = await createWorld();
  await world.startWorker();
  const { pool } = world.services.db;
  const lastSeen = async (db: pg.Pool | pg.PoolClient) =>
    (await db.query<{ last_seen: Date | null }>('SELECT max(last_seen) AS last_seen FROM processes')).rows[0]!
      .last_seen;
  await until('it has been heard of', () => lastSeen(pool));
  const released = await inTransaction(pool, async (client) => {
    await client.query('SELECT FROM processes FOR UPDATE');
    await until(
      'a heartbeat waits',
      async () =>
        (
          await pool.query(
            `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE processes SET last_seen%' AND datname = current_database()`,
          )
        ).rowCount,
      20_000,
    );
    await client.query('SELECT pg_sleep(1)');
    return (await client.query<{ now: Date }>('SELECT clock_timestamp() AS now')).rows[0]!.now;
  });
  const written = await until('it was written', async () => {
    const at = await lastSeen(pool);
    return at && at >= released ? at : null;
  });
  expect(written.getTime()).toBeGreaterThanOrEqual(released.getTime());
}, 60_000);

test('an attempt of that number is on record already: the next number is taken, and the batch goes on', async () => {
  world = await createWorld();
  const first = await world.write({ conversation: 1, message: 1 });
  for (let i = 2; i <= 30; i++) await world.write({ conversation: i, message: i });
  await world.services.db.pool.query(
    `INSERT INTO attempts (seq, number, run, kind, started_at, duration_ms, outcome, worker)
     VALUES ($1, 1, 1, 'normal', now(), 0, 'interrupted', 'another')`,
    [first],
  );
  await world.startWorker();
  await delivered(30);
  const recorded = await attempts();
  expect(recorded.filter(({ seq }) => seq === first).map(({ number, outcome }) => [number, outcome])).toEqual(
    [
      [1, 'interrupted'],
      [2, 'ok'],
    ],
  );
  expect(recorded).toHaveLength(31);
  expect(world.agent.records.requests()).toBe(30);
});

test('a result that the database refuses holds up no other, is not sent again, and is recorded once it is taken', async () => {
  world = await createWorld();
  const odd = await world.write({ conversation: 1, message: 1 });
  for (let i = 2; i <= 60; i++) await world.write({ conversation: i, message: i });
  const { pool } = world.services.db;
  await pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'odd "row"'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON attempts FOR EACH ROW WHEN (NEW.seq = ${odd}) EXECUTE FUNCTION refuse()`);
  await world.startWorker();
  await delivered(59);
  expect(await world.states()).toEqual({ delivered: 59, pending: 1 });
  expect(world.agent.records.requests()).toBe(60);
  await pool.query('DROP TRIGGER refuse ON attempts');
  await delivered(60);
  expect(world.agent.records.requests()).toBe(60);
}, 90_000);

test('a lease of ours that we know nothing of, from a claim whose answer was lost, is given back', async () => {
  world = await createWorld();
  await world.startWorker();
  const { pool } = world.services.db;
  const owner = await until(
    'the worker is known',
    async () => (await pool.query<{ id: string }>('SELECT id FROM processes')).rows[0]?.id,
  );
  await pool.query("INSERT INTO leases (seq, conversation_key, owner) VALUES (999, '2:1', $1)", [owner]);
  await world.write({ conversation: 1, message: 1 });
  await delivered(1);
}, 60_000);
