import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLimits } from '../../app/lib/database/pool.server.ts';
import { asSuperuser, createTestDatabase } from '../support/database.ts';

/** A plain user, who sees little of others' sessions, in a database of its own; others are there, too. */
const ROLE = `plain_${randomBytes(4).toString('hex')}`;
const OTHERS = 6;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
const open: pg.Client[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  await asSuperuser(`CREATE ROLE ${ROLE} LOGIN PASSWORD 'pw'`);
});
afterEach(async () => {
  for (const client of open.splice(0)) await client.end();
  await database.drop();
  await asSuperuser(`DROP ROLE ${ROLE}`);
});

async function connect(url: string | URL): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: String(url) });
  await client.connect();
  open.push(client);
  return client;
}
const asPlain = () => connect(Object.assign(new URL(database.url), { username: ROLE, password: 'pw' }));

async function othersCome() {
  for (let i = 0; i < OTHERS; i += 1) await connect(database.url);
}

test('the limit of a user is compared with the sessions of that user', async () => {
  await asSuperuser(`ALTER ROLE ${ROLE} CONNECTION LIMIT 10`);
  const plain = await asPlain();
  await asPlain();
  await othersCome();
  expect(await readLimits(plain, 1)).toEqual({ allowed: 10, used: 1 });
  // One who sees everything counts alike.
  await asSuperuser(`GRANT pg_monitor TO ${ROLE}`);
  expect(await readLimits(await asPlain(), 1)).toEqual({ allowed: 10, used: 2 });
});

test('the limit of a database is compared with the sessions of everybody there', async () => {
  const name = new URL(database.url).pathname.slice(1);
  await asSuperuser(`ALTER DATABASE ${name} CONNECTION LIMIT 9`);
  const plain = await asPlain();
  await othersCome();
  expect(await readLimits(plain, 1)).toEqual({ allowed: 9, used: OTHERS });
});

test('the limit that leaves the fewest counts', async () => {
  const name = new URL(database.url).pathname.slice(1);
  await asSuperuser(`ALTER DATABASE ${name} CONNECTION LIMIT 9`);
  await asSuperuser(`ALTER ROLE ${ROLE} CONNECTION LIMIT 8`);
  const plain = await asPlain();
  expect(await readLimits(plain, 1)).toEqual({ allowed: 8, used: 0 });
  await othersCome();
  expect(await readLimits(plain, 1)).toEqual({ allowed: 9, used: OTHERS });
});

test('the limit of the server is compared with all sessions, also those that a plain user sees little of', async () => {
  const plain = await asPlain();
  await othersCome();
  const limits = await readLimits(plain, 1);
  const { rows } = await plain.query<{ n: number }>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - current_setting('reserved_connections')::int AS n`,
  );
  expect(limits!.allowed).toBe(rows[0]!.n);
  expect(limits!.used).toBeGreaterThanOrEqual(OTHERS);
});
