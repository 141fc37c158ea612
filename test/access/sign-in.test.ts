import { statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, cookiesOf, signInOver, type TestPerson } from '../support/sign-in.ts';
import { makeToken } from './make-token.ts';

let services: TestServices;
let app: AppProcess;

beforeAll(async () => {
  services = await createTestServices();
  // The proxy's word on the client's address is taken, so that each test is an address of its own to the limits.
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    TRUSTED_PROXIES: '1',
  });
  await app.ready();
});
afterAll(async () => {
  await app.kill('SIGTERM');
  await services.close();
});

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const post = (where: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(app.url + where, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...form, ...headers },
    body: new URLSearchParams(fields).toString(),
  });
const account = (cookie: string) =>
  fetch(`${app.url}/account`, { redirect: 'manual', headers: { Cookie: cookie } }).then(
    ({ status }) => status,
  );
const person = (role: TestPerson['role'] = 'viewer') => addPerson(services.databaseUrl, role);
const audited = (action: string) => services.db.prisma.auditEntry.count({ where: { action } });

test('the session cookie is HttpOnly and SameSite=Lax, and Secure behind TLS', async () => {
  const { email, password } = await person();
  const response = await post('/sign-in', { email, password });
  const [cookie] = response.headers.getSetCookie();
  expect(cookie).toMatch(/^outage-center\.session_token=/);
  expect(cookie).toMatch(/HttpOnly/i);
  expect(cookie).toMatch(/SameSite=Lax/i);
  expect(cookie).not.toMatch(/Secure/i);
  const behindTls = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: path.join(services.dataDir, 'behind-tls'),
    APP_URL: 'https://outage.example.com',
  });
  try {
    await behindTls.ready();
    const answer = await fetch(`${behindTls.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: form,
      body: new URLSearchParams({ email, password }).toString(),
    });
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Secure-outage-center\.session_token=.*Secure/i);
  } finally {
    await behindTls.kill('SIGTERM');
  }
});

test('the secret is made once, and only the app can read it', () => {
  expect(statSync(path.join(services.dataDir, 'secrets', 'session-secret')).mode & 0o777).toBe(0o600);
});

test('a stolen cookie is worth nothing after sign-out, revocation, sign out everywhere, deactivation', async () => {
  const admin = await person('admin');
  const adminCookie = await signInOver(app.url, admin);

  const left = await signInOver(app.url, await person());
  expect(await account(left)).toBe(200);
  expect((await post('/sign-out', {}, { Cookie: left })).status).toBe(303);
  expect(await account(left)).toBe(302);

  const own = await person();
  const [stolen, kept] = [await signInOver(app.url, own), await signInOver(app.url, own)];
  const sessions = await services.db.prisma.session.findMany({
    where: { personId: own.id },
    orderBy: { createdAt: 'asc' },
  });
  await post('/account', { do: 'end-session', session: sessions[0]!.id }, { Cookie: kept });
  expect([await account(stolen), await account(kept)]).toEqual([302, 200]);

  await post('/people', { do: 'sign-out', person: own.id }, { Cookie: adminCookie });
  expect(await account(kept)).toBe(302);

  const again = await signInOver(app.url, own);
  await post('/people', { do: 'deactivate', person: own.id }, { Cookie: adminCookie });
  expect(await account(again)).toBe(302);
  expect((await post('/sign-in', { email: own.email, password: own.password })).status).toBe(401);
  expect(await audited('people.deactivate')).toBe(1);
  expect(await audited('session.end')).toBeGreaterThanOrEqual(2);
});

test('a sign-in that was refused is on record: as whom and from where, never the password', async () => {
  const { email } = await person();
  const from = { 'X-Forwarded-For': '192.0.2.77' };
  expect((await post('/sign-in', { email, password: 'guessed wrong' }, from)).status).toBe(401);
  const entry = await services.db.prisma.auditEntry.findFirstOrThrow({
    where: { action: 'session.refused' },
    orderBy: { id: 'desc' },
  });
  expect(entry).toMatchObject({
    actorId: 'unknown',
    fromAddress: '192.0.2.77',
    target: `sign-in as ${email}`,
  });
  expect(
    JSON.stringify(entry, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  ).not.toContain('guessed');
});

test('nobody ends the session of somebody else', async () => {
  const [mine, other] = [await person(), await person()];
  const [cookie, theirs] = [await signInOver(app.url, mine), await signInOver(app.url, other)];
  const session = await services.db.prisma.session.findFirstOrThrow({ where: { personId: other.id } });
  await post('/account', { do: 'end-session', session: session.id }, { Cookie: cookie });
  expect(await account(theirs)).toBe(200);
});

test('a session known before the sign-in is not the one after it, and has ended', async () => {
  const [attacker, victim] = [await person(), await person()];
  const planted = await signInOver(app.url, attacker);
  const response = await post(
    '/sign-in',
    { email: victim.email, password: victim.password },
    { Cookie: planted },
  );
  expect(response.status).toBe(303);
  const after = cookiesOf(response.headers);
  expect(after).not.toBe(planted);
  expect(await account(after)).toBe(200);
  expect(await account(planted)).toBe(302);
});

test('a cookie that we did not sign is nobody', async () => {
  const { id } = await person();
  await signInOver(app.url, { ...(await person()) });
  const session = await services.db.prisma.session.findFirst({ where: { personId: id } });
  expect(session).toBeNull();
  const [real] = await services.db.prisma.session.findMany({ take: 1 });
  expect(await account(`outage-center.session_token=${real!.token}`)).toBe(302);
  expect(await account(`outage-center.session_token=${real!.token}.${'A'.repeat(43)}%3D`)).toBe(302);
});

test('forms from other origins are refused, whoever is signed in', async () => {
  const admin = await person('admin');
  const cookie = await signInOver(app.url, admin);
  const forms: [string, Record<string, string>][] = [
    ['/sign-in', { email: admin.email, password: admin.password }],
    ['/sign-out', {}],
    ['/people', { do: 'invite', email: 'eve@example.com', role: 'admin' }],
    ['/account', { do: 'sign-out-everywhere' }],
    ['/api/dead-letters/discard', { scope: 'all', reason: 'x' }],
    ['/api/dead-letters/replay', { scope: 'all' }],
  ];
  for (const [where, fields] of forms) {
    for (const headers of [
      { Origin: 'https://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'null' },
    ] as Record<string, string>[]) {
      const response = await post(where, fields, { Cookie: cookie, ...headers });
      expect(response.status, where).toBe(403);
      expect(response.headers.getSetCookie(), where).toEqual([]);
    }
  }
  expect(await account(cookie)).toBe(200);
  expect(await services.db.prisma.accessLink.count({ where: { email: 'eve@example.com' } })).toBe(0);
});

test('unknown address, wrong password and deactivated person: the same answer', async () => {
  const known = await person();
  const gone = await person();
  await services.db.pool.query('UPDATE people SET deactivated_at = now() WHERE id = $1', [gone.id]);
  const answers = [];
  for (const [email, password] of [
    [known.email, 'not the password at all'],
    ['nobody@example.com', 'not the password at all'],
    [gone.email, gone.password],
    ['not an address', 'x'],
    ['', ''],
  ] as const) {
    const response = await post('/sign-in?_data=routes%2Fsign-in', { email, password });
    answers.push({
      status: response.status,
      cookies: response.headers.getSetCookie(),
      body: await response.text(),
    });
  }
  expect(answers[0]!.status).toBe(401);
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test('guessing passwords is limited by address and e-mail address, alike for unknown ones, also with the right one', async () => {
  const known = await person();
  for (const email of [known.email, 'unknown@example.com']) {
    const from = { 'X-Forwarded-For': email === known.email ? '203.0.113.1' : '203.0.113.2' };
    const statuses = [];
    for (let i = 0; i < 12; i += 1)
      statuses.push((await post('/sign-in', { email, password: `guess ${i}` }, from)).status);
    expect(statuses, email).toEqual([...Array<number>(10).fill(401), 429, 429]);
  }
  const right = { email: known.email, password: known.password };
  const late = await post('/sign-in', right, { 'X-Forwarded-For': '203.0.113.1' });
  expect(late.status).toBe(429);
  expect(Number(late.headers.get('Retry-After'))).toBeGreaterThan(0);
  // The person themselves, at another address, is not locked out by it.
  expect((await post('/sign-in', right, { 'X-Forwarded-For': '203.0.113.99' })).status).toBe(303);
});

test('the limit is in the database: it holds after a restart and for every process', async () => {
  const known = await person();
  const from = { 'X-Forwarded-For': '203.0.113.3' };
  for (let i = 0; i < 10; i += 1) await post('/sign-in', { email: known.email, password: 'wrong' }, from);
  const other = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: path.join(services.dataDir, 'other'),
    TRUSTED_PROXIES: '1',
  });
  try {
    await other.ready();
    const response = await fetch(`${other.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...form, ...from },
      body: new URLSearchParams({ email: known.email, password: known.password }).toString(),
    });
    expect(response.status).toBe(429);
  } finally {
    await other.kill('SIGTERM');
  }
});

test('unknown tokens are limited by address; a known one works, is noted, and ends with its owner', async () => {
  const admin = await person('admin');
  const token = await makeToken(services, admin, ['page.read', 'dead_letters.replay']);
  const status = async (bearer: string, address: string) =>
    (
      await fetch(`${app.url}/api/status`, {
        headers: { Authorization: `Bearer ${bearer}`, 'X-Forwarded-For': address },
      })
    ).status;
  expect(await status(token, '198.51.100.1')).toBe(200);
  const statuses = [];
  for (let i = 0; i < 22; i += 1) statuses.push(await status(`oc_guess-${i}`, '198.51.100.2'));
  expect(statuses).toEqual([...Array<number>(20).fill(401), 429, 429]);
  // Many may share an address: who has a token is not shut out by those who guess.
  expect(await status(token, '198.51.100.2')).toBe(200);
  expect(await status(token, '198.51.100.1')).toBe(200);
  const row = await services.db.prisma.apiToken.findFirstOrThrow({ where: { personId: admin.id } });
  expect(row.lastUsedFrom).toBe('198.51.100.1');
  expect(Buffer.from(row.tokenHash).toString()).not.toContain(token);

  await services.db.pool.query(`UPDATE people SET role = 'viewer' WHERE id = $1`, [admin.id]);
  const replay = await post(
    '/api/dead-letters/replay',
    { scope: 'all' },
    { Authorization: `Bearer ${token}` },
  );
  expect(replay.status).toBe(403);
  await services.db.pool.query('UPDATE people SET deactivated_at = now() WHERE id = $1', [admin.id]);
  expect(await status(token, '198.51.100.1')).toBe(401);
});

test('a token is shown once, by its owner, does no more than they may, and is revoked', async () => {
  const cookie = await signInOver(app.url, await person('admin'));
  const made = await post(
    '/account',
    { do: 'token-create', name: 'deploy', permission: 'page.read' },
    { Cookie: cookie },
  );
  const token = /oc_[\w-]{43}/.exec(await made.text())![0];
  const page = await fetch(`${app.url}/account`, { headers: { Cookie: cookie } });
  const text = await page.text();
  expect(text).toContain('deploy');
  expect(text).not.toContain(token);
  const read = () => fetch(`${app.url}/api/status`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await read()).status).toBe(200);
  const row = await services.db.prisma.apiToken.findFirstOrThrow({ where: { name: 'deploy' } });
  await post('/account', { do: 'token-revoke', token: String(row.id) }, { Cookie: cookie });
  expect((await read()).status).toBe(401);
  expect(await audited('token.revoke')).toBe(1);
  // Who is no admin makes none.
  const responder = await signInOver(app.url, await person('responder'));
  const refused = await post(
    '/account',
    { do: 'token-create', name: 'x', permission: 'page.read' },
    { Cookie: responder },
  );
  expect(refused.status).toBe(403);
});

test('a new password needs the old one, and ends every other session', async () => {
  const own = await person();
  const [here, there] = [await signInOver(app.url, own), await signInOver(app.url, own)];
  const next = 'an entirely new passphrase';
  const change = (current: string) =>
    post('/account', { do: 'password', current, password: next, again: next }, { Cookie: here });
  expect((await change('wrong')).status).toBe(403);
  expect(await account(there)).toBe(200);
  expect((await change(own.password)).status).toBe(303);
  expect([await account(here), await account(there)]).toEqual([200, 302]);
  expect((await post('/sign-in', own as unknown as Record<string, string>)).status).toBe(401);
  expect((await post('/sign-in', { email: own.email, password: next })).status).toBe(303);
});

test('after the sign-in it goes on where it was wanted, never to another site', async () => {
  const own = await person();
  const wanted = await fetch(`${app.url}/dead-letters/7?x=1`, { redirect: 'manual' });
  expect(wanted.headers.get('Location')).toBe('/sign-in?returnTo=%2Fdead-letters%2F7%3Fx%3D1');
  const goesTo = async (returnTo: string) =>
    (await post('/sign-in', { email: own.email, password: own.password, returnTo })).headers.get('Location');
  expect(await goesTo('/dead-letters/7?x=1')).toBe('/dead-letters/7?x=1');
  for (const evil of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)'])
    expect(await goesTo(evil), evil).toBe('/');
});

test('the last admin stays one, whoever asks', async () => {
  await services.db.pool.query('UPDATE people SET deactivated_at = now()');
  const admin = await person('admin');
  const cookie = await signInOver(app.url, admin);
  for (const change of [{ do: 'deactivate' }, { do: 'role', role: 'viewer' }] as Record<string, string>[]) {
    const response = await post('/people', { ...change, person: admin.id }, { Cookie: cookie });
    expect(response.status).toBe(409);
  }
  expect(await account(cookie)).toBe(200);
});
