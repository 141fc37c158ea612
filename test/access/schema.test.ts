import { getMigrations } from 'better-auth/db/migration';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuth } from '../../app/features/access/sign-in/create-auth.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
beforeAll(async () => (services = await createTestServices()));
afterAll(() => services.close());

test('our migration makes every table and column that better-auth wants', async () => {
  const auth = createAuth({
    pool: services.db.pool,
    aheadMs: () => 0,
    log: services.log,
    secret: 's'.repeat(32),
    baseUrl: 'http://127.0.0.1:1',
    oidc: null,
  });
  const { toBeCreated, toBeAdded } = await getMigrations(auth.options);
  expect(toBeCreated.map(({ table }) => table)).toEqual([]);
  expect(toBeAdded.map(({ table, fields }) => [table, Object.keys(fields)])).toEqual([]);
});
