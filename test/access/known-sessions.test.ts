import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Asker } from '../../app/features/access/permissions.ts';
import { createKnownSessions } from '../../app/features/access/sessions/kept-sessions.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson } from '../support/sign-in.ts';

let services: TestServices;
beforeAll(async () => (services = await createTestServices()));
afterAll(() => services.close());

const NOW = new Date('2026-11-23T08:00:00Z');
const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);

async function session(name: string, set = ''): Promise<Asker> {
  const person = await addPerson(services.databaseUrl, 'viewer', name);
  await services.db.pool.query(
    `INSERT INTO sessions (id, token, person_id, expires_at) VALUES ($1, $1, $2, now() + interval '1 day')`,
    [name, person.id],
  );
  if (set) await services.db.pool.query(set, [person.id]);
  return {
    id: person.id,
    name,
    role: 'viewer',
    via: 'session',
    from: null,
    permissions: [],
    personId: person.id,
    email: null,
    sessionToken: name,
  };
}

test('a session is recalled for 8 hours, and not once it has ended', async () => {
  const known = createKnownSessions();
  known.remember('key', await session('one'), NOW);
  expect(known.recall('key', later(8))?.name).toBe('one');
  expect(known.recall('key', later(8.01))).toBeNull();
  known.end('other');
  expect(known.recall('key', NOW)?.name).toBe('one');
  known.end('one');
  expect(known.recall('key', NOW)).toBeNull();
});

test('what was revoked, expired or deactivated elsewhere is forgotten at the next check', async () => {
  const known = createKnownSessions();
  known.remember('good', await session('good'), NOW);
  known.remember('revoked', await session('revoked', 'DELETE FROM sessions WHERE person_id = $1'), NOW);
  known.remember(
    'deactivated',
    await session('deactivated', 'UPDATE people SET deactivated_at = now() WHERE id = $1'),
    NOW,
  );
  known.remember(
    'expired',
    await session('expired', `UPDATE sessions SET expires_at = now() - interval '1 s' WHERE person_id = $1`),
    NOW,
  );
  await known.check(services.db.pool);
  const recalled = ['good', 'revoked', 'deactivated', 'expired'].filter((key) => known.recall(key, NOW));
  expect(recalled).toEqual(['good']);
});
