import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../app/lib/database/database.server.ts';
import { startOwnPostgres, type OwnPostgres } from '../intake/own-postgres.ts';

let postgres: OwnPostgres;
beforeAll(async () => {
  postgres = await startOwnPostgres();
});
afterAll(() => postgres.remove());

test('a database that dies between two statements of a transaction fails the next one, and not the process', async () => {
  const pool = createPool(postgres.url, 1);
  const client = await pool.connect();
  await client.query('BEGIN');
  const gone = new Promise<void>((resolve) => client.once('end', resolve));
  await postgres.kill();
  await gone;
  await expect(client.query('SELECT 1')).rejects.toThrow();
  client.release(true);

  await postgres.start();
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
});
