import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, cookiesOf, signInOver, type TestPerson, type TestRole } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { makeToken } from './make-token.ts';

/** What somebody who loses role or access has put aside before, and what is left of it. */
let services: TestServices;
let app: AppProcess;
let boss: TestPerson & { cookie: string };

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    TRUSTED_PROXIES: '1',
  });
  await app.ready();
  boss = await member('admin');
});
afterAll(async () => {
  await app.kill('SIGTERM');
  await services.close();
});
// Each test is an address of its own to the limits.
let address = '';
beforeEach(() => (address = `2001:db8:${randomUUID().slice(0, 4)}::1`));

const post = (where: string, fields: Record<string, string>, cookie = '') =>
  fetch(where.startsWith('http') ? where : app.url + where, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Cookie: cookie,
      ...(address && { 'X-Forwarded-For': address }),
    },
    body: new URLSearchParams(fields).toString(),
  });
const get = (where: string, headers: Record<string, string>) =>
  fetch(app.url + where, { redirect: 'manual', headers });

async function member(role: TestRole) {
  const person = await addPerson(services.databaseUrl, role);
  return { ...person, cookie: await signInOver(app.url, person) };
}
/** Makes a link on the page "People" and reads it there, as an admin does. */
async function linkOf(cookie: string, fields: Record<string, string>): Promise<string> {
  const response = await post('/people', fields, cookie);
  const link = /http:[^"&]+\/invite\/[\w-]{43}/.exec(await response.text())?.[0];
  if (!link) throw new Error(`no link: ${response.status}`);
  return link;
}
const accept = async (link: string) => {
  const password = 'tulips under the bridge';
  const answer = await post(link, { name: 'Mallory', password, again: password });
  return answer.status;
};
const change = async (fields: Record<string, string>) =>
  expect((await post('/people', fields, boss.cookie)).status).toBe(303);

test.each([
  ['deactivated', { do: 'deactivate' }],
  ['made a responder', { do: 'role', role: 'responder' }],
] as Record<string, string>[][] as [string, Record<string, string>][])(
  'an admin who is %s takes nobody over by a link made before, nor by a token',
  async (_how, loss) => {
    const [mallory, victim] = [await member('admin'), await member('admin')];
    const reset = await linkOf(mallory.cookie, { do: 'reset', person: victim.id, name: victim.name });
    const invited = `second-${mallory.id.slice(0, 8)}@example.com`;
    const invite = await linkOf(mallory.cookie, { do: 'invite', email: invited, role: 'admin' });
    const forThem = await linkOf(boss.cookie, { do: 'reset', person: mallory.id, name: mallory.name });
    const token = await makeToken(services, mallory, ['page.read']);
    expect((await get('/api/status', { Authorization: `Bearer ${token}` })).status).toBe(200);

    await change({ ...loss, person: mallory.id });

    for (const link of [reset, invite, forThem]) {
      expect((await get(new URL(link).pathname, {})).status).toBe(404);
      expect(await accept(link)).toBe(410);
    }
    expect((await get('/people', { Cookie: victim.cookie })).status).toBe(200);
    expect(await services.db.prisma.person.count({ where: { email: invited } })).toBe(0);
    expect((await get('/api/status', { Authorization: `Bearer ${token}` })).status).toBe(401);
    const entry = await services.db.prisma.auditEntry.findFirstOrThrow({ orderBy: { id: 'desc' } });
    expect(entry.after).toMatchObject({ linksRevoked: 3, tokensRevoked: 1 });

    // Being let in again revives nothing of it.
    await change(
      loss.do === 'deactivate'
        ? { do: 'reactivate', person: mallory.id }
        : { do: 'role', role: 'admin', person: mallory.id },
    );
    for (const link of [reset, invite, forThem]) expect(await accept(link)).toBe(410);
    expect((await get('/api/status', { Authorization: `Bearer ${token}` })).status).toBe(401);
  },
);

test('a link is dead as soon as its maker is no active admin, however they came to be none', async () => {
  const [maker, victim] = [await member('admin'), await member('admin')];
  const link = await linkOf(maker.cookie, { do: 'reset', person: victim.id, name: victim.name });
  expect((await get(new URL(link).pathname, {})).status).toBe(200);
  await services.db.pool.query(`UPDATE people SET role = 'viewer' WHERE id = $1`, [maker.id]);
  expect((await get(new URL(link).pathname, {})).status).toBe(404);
  expect(await accept(link)).toBe(410);
});

test('of several links for one person, using one voids the others, and so does a password chosen otherwise', async () => {
  const somebody = await member('responder');
  const first = await linkOf(boss.cookie, { do: 'reset', person: somebody.id, name: '' });
  const second = await linkOf(boss.cookie, { do: 'reset', person: somebody.id, name: '' });
  expect(await accept(first)).toBe(410);
  expect(await accept(second)).toBe(303);
  expect(await accept(second)).toBe(410);

  const careful = await member('responder');
  const open = await linkOf(boss.cookie, { do: 'reset', person: careful.id, name: '' });
  const next = 'an entirely new passphrase';
  const changed = await post(
    '/account',
    { do: 'password', current: careful.password, password: next, again: next },
    careful.cookie,
  );
  expect(changed.status).toBe(303);
  expect(await accept(open)).toBe(410);
});

test('open links are listed with who made them, resets too, and are withdrawn there', async () => {
  const [maker, victim] = [await member('admin'), await member('responder')];
  const link = await linkOf(maker.cookie, { do: 'reset', person: victim.id, name: victim.name });
  const page = await (await get('/people', { Cookie: boss.cookie })).text();
  expect(page).toContain(`New password for ${victim.name}`);
  expect(page).toMatch(new RegExp(`${victim.email}, (<!-- -->)?made by (<!-- -->)?${maker.name}`));
  const { id } = await services.db.prisma.accessLink.findFirstOrThrow({
    where: { personId: victim.id, usedAt: null, revokedAt: null },
  });
  await change({ do: 'withdraw', invitation: String(id) });
  expect(await accept(link)).toBe(410);
});

test('two admins who deactivate each other at once: one of them stays, and it is the one who was first', async () => {
  const [one, other] = [await member('admin'), await member('admin')];
  const answers = await Promise.all([
    post('/people', { do: 'deactivate', person: other.id }, one.cookie),
    post('/people', { do: 'deactivate', person: one.id }, other.cookie),
  ]);
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  const left = await services.db.prisma.person.count({
    where: { id: { in: [one.id, other.id] }, deactivatedAt: null },
  });
  expect(left).toBe(1);
});

test('a sign-in that waits for its second factor ends with the password it began with', async () => {
  const somebody = await member('responder');
  await services.db.pool.query(
    `INSERT INTO verifications (id, identifier, value, expires_at) VALUES ($1, $1, $2, now() + interval '5 min')`,
    [randomUUID(), somebody.id],
  );
  const link = await linkOf(boss.cookie, { do: 'reset', person: somebody.id, name: '' });
  expect(await accept(link)).toBe(303);
  expect(await services.db.prisma.verification.count({ where: { value: somebody.id } })).toBe(0);
});

/** Opens the event stream of a page. @returns whether it is still open */
async function holdOpen(headers: Record<string, string>) {
  const response = await get('/events', headers);
  const reader = response.body?.getReader();
  let open = response.status === 200;
  void (async () => {
    while (open) open = !(await reader!.read().catch(() => ({ done: true }))).done;
  })();
  return { status: response.status, isOpen: () => open, close: () => reader?.cancel() };
}

test('a page held open ends with the session or the token, and others stay open', async () => {
  const [gone, stays] = [await member('responder'), await member('viewer')];
  const token = await makeToken(services, boss, ['page.read']);
  const streams = [
    await holdOpen({ Cookie: gone.cookie }),
    await holdOpen({ Authorization: `Bearer ${token}` }),
    await holdOpen({ Cookie: stays.cookie }),
  ];
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
  await change({ do: 'deactivate', person: gone.id });
  await until('the page of who is gone is closed', () => !streams[0]!.isOpen());
  const { id } = await services.db.prisma.apiToken.findFirstOrThrow({ orderBy: { id: 'desc' } });
  const revoked = await post('/account', { do: 'token-revoke', token: String(id) }, boss.cookie);
  expect(revoked.status).toBe(303);
  await until('that of the token is closed', () => !streams[1]!.isOpen());
  expect(streams[2]!.isOpen()).toBe(true);
  // Also when somebody ended the session where nobody tells of it.
  await services.db.pool.query('DELETE FROM sessions WHERE person_id = $1', [stays.id]);
  await until('the last one is closed', () => !streams[2]!.isOpen(), 30_000);
}, 90_000);

test('one person cannot take every stream of a process', async () => {
  const greedy = await member('viewer');
  const streams = [];
  for (let i = 0; i < 31; i += 1) streams.push(await holdOpen({ Cookie: greedy.cookie }));
  expect(streams.map(({ status }) => status)).toEqual([...Array<number>(30).fill(200), 429]);
  const other = await holdOpen({ Cookie: boss.cookie });
  expect(other.status).toBe(200);
  for (const stream of [...streams.slice(0, 30), other]) await stream.close();
  await until('closed pages make room', async () => {
    const again = await holdOpen({ Cookie: greedy.cookie });
    await again.close();
    return again.status === 200;
  });
});

test('after a reset nobody is signed in by a cookie from before', async () => {
  const somebody = await member('viewer');
  const link = await linkOf(boss.cookie, { do: 'reset', person: somebody.id, name: '' });
  const password = 'tulips under the bridge';
  const answer = await post(link, { password, again: password });
  expect(answer.status).toBe(303);
  expect((await get('/account', { Cookie: somebody.cookie })).status).toBe(302);
  expect((await get('/account', { Cookie: cookiesOf(answer.headers) })).status).toBe(200);
});
