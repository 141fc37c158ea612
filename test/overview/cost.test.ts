import pg from 'pg';
import { expect, test } from 'vitest';
import { readOverview } from '../../app/features/overview/read-overview.server.ts';
import { seedHistory } from '../bench/seed.ts';
import { asSuperuser, createTestDatabase } from '../support/database.ts';
import { createTestServices } from '../support/services.ts';
import { QUIET_INTAKE } from './intake-status.ts';

const TABLES = ['deliveries', 'dashboard_facts', 'fact_rollups', 'webhook_events', 'attempts'];

/** Rows that one look at the page reads from tables and indexes, as PostgreSQL counts them. */
async function rowsRead(deliveries: number) {
  const database = await createTestDatabase();
  const seeder = await createTestServices({ DATABASE_URL: database.url });
  const now = new Date();
  await seedHistory(seeder.db.pool, { facts: deliveries, deliveries, pending: 50, dead: 50, until: now });
  await asSuperuser('SELECT pg_stat_reset()', new URL(seeder.databaseUrl).pathname.slice(1));
  await seeder.close();

  const reader = await createTestServices({ DATABASE_URL: database.url });
  const page = await readOverview(reader, QUIET_INTAKE, { range: '7d', now });
  // A connection that ends hands in its counts.
  await reader.close();

  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ seq: string; idx: string }>(
    `SELECT sum(seq_tup_read) AS seq, sum(idx_tup_fetch) +
       (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = ANY($1)) AS idx
     FROM pg_stat_user_tables WHERE relname = ANY($1)`,
    [TABLES],
  );
  await client.end();
  await database.drop();
  return { page, scanned: Number(rows[0]!.seq), byIndex: Number(rows[0]!.idx) };
}

test('a look at the page costs the same at ten times the history', async () => {
  const small = await rowsRead(4000);
  const large = await rowsRead(40_000);
  expect(large.page.ledger).toMatchObject({
    received: 40_000,
    delivered: 39_900,
    pending: 50,
    dead: 50,
    balanced: true,
  });
  expect(small.byIndex).toBeGreaterThan(500);
  expect(large.scanned).toBe(0);
  expect(large.byIndex).toBeLessThan(small.byIndex * 1.5);
});
