import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countLedger, recordLedgerCheck } from '../../app/features/facts/ledger.server.ts';
import { readLedger } from '../support/ledger.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
beforeAll(async () => (services = await createTestServices()));
afterAll(() => services.close());

const both = async () => {
  const { pool } = services.db;
  const { unmatched: _, ...counted } = await countLedger(pool);
  const read = await readLedger(pool);
  expect(read).toEqual(counted);
  return counted;
};

test('an empty ledger balances', async () => {
  expect(await both()).toEqual({
    received: 0,
    delivered: 0,
    pending: 0,
    held: 0,
    withheld: 0,
    dead: 0,
    discarded: 0,
    spooled: 0,
    quarantined: 0,
    reconciled: 0,
    balanced: true,
  });
});

test('counts every state, and held only while the breaker is not closed', async () => {
  const { pool } = services.db;
  await insertEvents(services, { count: 5, state: 'delivered' });
  const pending = await insertEvents(services, { count: 4, state: 'pending' });
  await insertEvents(services, { count: 3, state: 'dead' });
  await insertEvents(services, { count: 2, state: 'discarded' });
  const counts = { received: 14, delivered: 5, dead: 3, discarded: 2, balanced: true };
  expect(await both()).toMatchObject({ ...counts, pending: 4, held: 0 });
  await pool.query(`INSERT INTO leases (seq, conversation_key, owner) VALUES ($1, 'x', $2)`, [
    pending[0]!.seq,
    randomUUID(),
  ]);
  await pool.query(`UPDATE breakers SET state = 'open'`);
  expect(await both()).toMatchObject({ ...counts, pending: 1, held: 3 });
  await pool.query(`UPDATE breakers SET state = 'half_open'`);
  expect(await both()).toMatchObject({ pending: 1, held: 3 });
  await pool.query(`UPDATE breakers SET state = 'closed'; DELETE FROM leases`);
});

test('counts the spool of living processes only', async () => {
  await services.db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen, spooled) VALUES
     ($1, 'all', 'a', 1, now(), now(), 7), ($2, 'web', 'b', 2, now(), now(), 2),
     ($3, 'web', 'c', 3, now(), now() - interval '1 minute', 100)`,
    [randomUUID(), randomUUID(), randomUUID()],
  );
  expect((await both()).spooled).toBe(9);
});

test('counts what the database refused once for each folder, of living processes only', async () => {
  await services.db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen, quarantined, data_dir) VALUES
     ($1, 'web', 'a', 11, now(), now(), 2, '/data'), ($2, 'web', 'a', 12, now(), now(), 2, '/data'),
     ($3, 'web', 'a', 13, now(), now(), 1, '/other'), ($4, 'web', 'b', 14, now(), now(), 4, '/data'),
     ($5, 'web', 'c', 15, now(), now() - interval '1 minute', 100, '/data')`,
    [randomUUID(), randomUUID(), randomUUID(), randomUUID(), randomUUID()],
  );
  expect(await both()).toMatchObject({ quarantined: 7, balanced: true });
});

test('a check is put on record', async () => {
  const now = new Date('2026-09-22T10:00:00Z');
  await recordLedgerCheck(services.db.pool, now);
  const fact = await services.db.prisma.dashboardFact.findFirstOrThrow({
    where: { factType: 'support.ledger.check' },
  });
  expect(fact).toMatchObject({ scope: 'support', recordedAt: now, value: { received: 14, balanced: true } });
});

test('a delivery that vanishes behind its back is noticed, and so is one without an event', async () => {
  const { pool } = services.db;
  const [lost] = await insertEvents(services, { state: 'pending' });
  await pool.query('DELETE FROM deliveries WHERE seq = $1', [lost!.seq]);
  expect(await countLedger(pool)).toMatchObject({ balanced: false, unmatched: 1, received: 15 });
  expect((await readLedger(pool)).balanced).toBe(false);
  // A stray row makes the sum right again; the ledger is wrong all the same.
  await pool.query(
    `INSERT INTO deliveries (seq, event_id, conversation_key, event, due_at, received_at, run_started_at)
     VALUES (999999, $1, 'x', 'message_created', now(), now(), now())`,
    [randomUUID()],
  );
  expect(await countLedger(pool)).toMatchObject({ balanced: false, unmatched: 2, received: 15, pending: 5 });
});
