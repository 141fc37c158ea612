import { afterAll, beforeAll, expect, test } from 'vitest';
import { changePassword } from '../../app/features/access/account/change-account.server.ts';
import { acceptLink } from '../../app/features/access/links/accept-link.server.ts';
import { createLink } from '../../app/features/access/links/links.server.ts';
import { changeRole } from '../../app/features/access/people/change-people.server.ts';
import { type Asker, permissionsOf } from '../../app/features/access/permissions.ts';
import { signIn } from '../../app/features/access/sign-in/sign-in.server.ts';
import { createToken } from '../../app/features/access/tokens/api-tokens.server.ts';
import { SYSTEM } from '../../app/features/audit/actor.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { loader as auditFile } from '../../app/routes/audit[.]csv.ts';
import { serveRoutes } from '../overview/route-server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, openTestAccess, type TestAccess, type TestPerson } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { makeToken } from './make-token.ts';

const NEXT = 'another horse with some battery';
/** An advisory lock: whoever makes a session waits while a test holds it. */
const HOLD = 77;

let services: TestServices;
let opened: TestAccess;
let server: Awaited<ReturnType<typeof serveRoutes>>;
/** Resolves when the reader of a download has taken what it was given. */
let drained = () => Promise.resolve();
beforeAll(async () => {
  services = await createTestServices();
  opened = openTestAccess(services);
  server = await serveRoutes(
    { 'audit.csv': { loader: auditFile } },
    { ...opened.context, drained: () => drained() },
  );
  await services.db.pool.query(
    `CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${HOLD}); RETURN new; END $$;
     CREATE TRIGGER held BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION held()`,
  );
});
afterAll(async () => {
  await server?.stop();
  opened?.stop();
  await services?.close();
});

const callerOf = () => ({
  access: opened.access,
  services,
  request: new Request('http://127.0.0.1/sign-in'),
  address: '127.0.0.1',
});
const askerOf = (person: TestPerson): Asker => ({
  ...{ id: `person:${person.id}`, name: person.name, role: person.role, via: 'session', from: null },
  ...{ permissions: permissionsOf(person.role), personId: person.id, email: person.email, sessionToken: 'x' },
});

const CHANGES: Record<string, (person: TestPerson) => Promise<unknown>> = {
  async 'reset by a link'(person) {
    const now = new Date();
    const made = { kind: 'reset', personId: person.id, createdBy: SYSTEM.id, now } as const;
    const { token } = await createLink(services.db.pool, made);
    const wish = { token, kinds: ['reset'] as const, name: '', email: null, password: NEXT, from: null, now };
    expect(await acceptLink(callerOf(), wish)).toMatchObject({ outcome: 'accepted' });
  },
  async 'changed by its owner'(person) {
    const own = { sessionToken: 'x', current: person.password, next: NEXT, now: new Date() };
    const outcome = await changePassword(callerOf(), { asker: askerOf(person), ...own });
    expect(outcome).toEqual({ outcome: 'changed' });
  },
};

test.each(Object.entries(CHANGES))(
  'a sign-in with a password that is %s meanwhile leaves no session',
  async (_how, change) => {
    const { pool } = services.db;
    const person = await addPerson(services.databaseUrl, 'responder');
    const wish = { email: person.email, password: person.password };
    const began = await inTransaction(pool, async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(${HOLD})`);
      // The password is right, and the session is about to be made.
      const signingIn = signIn(callerOf(), { ...wish, now: new Date() });
      await until('the session is about to be made', async () => {
        const { rowCount } = await pool.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = ${HOLD}`,
        );
        return rowCount === 1;
      });
      await change(person);
      return { signingIn };
    });
    expect(await began.signingIn).toEqual({ outcome: 'refused' });
    const { rows } = await pool.query('SELECT FROM sessions WHERE person_id = $1', [person.id]);
    expect(rows).toHaveLength(0);
    const again = await signIn(callerOf(), { email: person.email, password: NEXT, now: new Date() });
    expect(again.outcome).toBe('signed_in');
  },
);

test('who is no admin any more makes no token, though the request was let in before', async () => {
  const admin = await addPerson(services.databaseUrl, 'admin');
  await addPerson(services.databaseUrl, 'admin');
  const owner = askerOf(admin);
  const now = new Date();
  await changeRole(services, { personId: admin.id, role: 'responder', actor: SYSTEM, now });
  expect(await createToken(services, { name: 'late', permissions: ['page.read'], owner, now })).toBeNull();
  const { rows } = await services.db.pool.query('SELECT FROM api_tokens WHERE person_id = $1', [admin.id]);
  expect(rows).toHaveLength(0);
});

test('a download ends with the token that asked for it', async () => {
  const { pool } = services.db;
  await pool.query(
    `INSERT INTO audit_log (at, actor_id, actor_name, actor_role, via, action, target)
     SELECT now(), 'x', 'x', 'admin', 'cli', 'x.y', 'row ' || n FROM generate_series(1, 2000) n`,
  );
  const admin = await addPerson(services.databaseUrl, 'admin');
  const token = await makeToken(services, admin, ['audit.read']);
  const ask = () => fetch(`${server.url}/audit.csv`, { headers: { Authorization: `Bearer ${token}` } });
  expect(await (await ask()).text()).toContain('row 2000');

  let pieces = 0;
  drained = async () => {
    pieces += 1;
    // Revoked when the reader has the first thousand.
    if (pieces === 3) await pool.query('UPDATE api_tokens SET revoked_at = now()');
  };
  const read: string[] = [];
  const whole = (async () => {
    const answer = await ask();
    for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>)
      read.push(Buffer.from(piece).toString());
  })();
  await expect(whole).rejects.toThrow();
  drained = () => Promise.resolve();
  expect(read.join('')).not.toContain('row 2000');
  expect(pieces).toBe(3);
  expect((await ask()).status).toBe(401);
});
