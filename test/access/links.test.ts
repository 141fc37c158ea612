import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLink, readLink } from '../../app/features/access/links/links.server.ts';
import { runToEnd, startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { cookiesOf } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

let services: TestServices;
let apps: AppProcess[];

beforeAll(async () => {
  services = await createTestServices();
  apps = [];
});
afterAll(async () => {
  for (const app of apps) await app.kill('SIGTERM');
  await services.close();
});

/** Each has a folder of its own. */
async function start(args: string[] = [], env: Record<string, string> = {}) {
  const dataDir = path.join(services.dataDir, `app-${apps.length}`);
  const app = await startApp(
    { DATABASE_URL: services.databaseUrl, DATA_DIR: dataDir, LOG_LEVEL: 'info', ...env },
    args,
  );
  apps.push(app);
  await app.ready();
  return app;
}
const linkIn = (text: string) => /http:\S+\/setup\/[\w-]{43}/.exec(text)?.[0];
const accept = (url: string, fields: Record<string, string>) =>
  fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      password: 'long enough indeed',
      again: 'long enough indeed',
      ...fields,
    }).toString(),
  });

test('set-up: printed at each start until used, once; then no more', async () => {
  const [first, second] = [await start(), await start()];
  const one = await until('a link is printed', () => linkIn(first.output()));
  const two = await until('another start prints one too', () => linkIn(second.output()));
  expect(one).not.toBe(two);

  // The token is nowhere in the database.
  const token = one.split('/').at(-1)!;
  const { rows } = await services.db.pool.query<{ text: string }>(
    'SELECT l::text AS text FROM access_links l',
  );
  expect(rows.map(({ text }) => text).join()).not.toContain(token);

  // Looking, as mail programs do, does not use it up; what is wrong with the form does not either.
  expect((await fetch(one)).status).toBe(200);
  const wrongs: Record<string, string>[] = [
    { name: '', email: 'ada@example.com' },
    { name: 'Ada', email: 'no address' },
    { name: 'Ada', email: 'ada@example.com', password: 'short', again: 'short' },
    { name: 'Ada', email: 'ada@example.com', again: 'another one entirely' },
  ];
  for (const wrong of wrongs) expect((await accept(one, wrong)).status).toBe(400);

  // Of ten at once exactly one becomes the first admin.
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      accept(i % 2 ? one : two.replace(second.url, first.url), {
        name: 'Ada',
        email: `ada-${i}@example.com`,
      }),
    ),
  );
  const made = answers.filter(({ status }) => status === 303);
  expect(made).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 410)).toHaveLength(9);
  const people = await services.db.prisma.person.findMany();
  expect(people.map(({ role }) => role)).toEqual(['admin']);
  const page = await fetch(`${first.url}/people`, { headers: { Cookie: cookiesOf(made[0]!.headers) } });
  expect(page.status).toBe(200);
  expect((await fetch(one)).status).toBe(404);
  expect((await fetch(two)).status).toBe(404);

  const third = await start();
  await until('it serves', async () => (await fetch(third.url)).ok);
  expect(linkIn(third.output())).toBeUndefined();
  expect(await services.db.prisma.accessLink.count()).toBe(2);
});

test('ops:setup-link makes an admin also when there is one, within its hour, on record', async () => {
  const env = { DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir, LOG_LEVEL: 'silent' };
  const { code, stdout } = await runToEnd(['app/cli/setup-link.ts'], { ...env, APP_URL: apps[0]!.url });
  expect(code).toBe(0);
  const url = linkIn(stdout)!;
  expect((await accept(url, { name: 'Grace', email: 'grace@example.com' })).status).toBe(303);
  expect((await accept(url, { name: 'Eve', email: 'eve@example.com' })).status).toBe(410);
  const entry = await services.db.prisma.auditEntry.findFirstOrThrow({
    where: { action: 'people.setup_link' },
  });
  expect(entry.actorId).toMatch(/^cli:/);
});

test('a link ends with its time, and each kind opens its own page only', async () => {
  const now = new Date();
  const { token } = await createLink(services.db.pool, {
    kind: 'invite',
    email: 'late@example.com',
    role: 'viewer',
    createdBy: 'test',
    now: new Date(now.getTime() - 8 * 24 * 3_600_000),
  });
  expect(await readLink(services.db.pool, token, ['invite'], now)).toBeNull();
  const open = await createLink(services.db.pool, {
    kind: 'invite',
    email: 'in-time@example.com',
    role: 'viewer',
    createdBy: 'test',
    now,
  });
  expect(await readLink(services.db.pool, open.token, ['setup', 'recovery'], now)).toBeNull();
  const url = apps[0]!.url;
  expect((await fetch(`${url}/setup/${open.token}`)).status).toBe(404);
  // The form cannot choose another address or role than was invited.
  const joined = await accept(`${url}/invite/${open.token}`, {
    name: 'In Time',
    email: 'boss@example.com',
    role: 'admin',
  });
  expect(joined.status).toBe(303);
  const person = await services.db.prisma.person.findFirstOrThrow({ where: { name: 'In Time' } });
  expect([person.email, person.role]).toEqual(['in-time@example.com', 'viewer']);
});

test('strangers cannot sign up or reach the library behind the sign-in', async () => {
  const { url } = apps[0]!;
  const before = await services.db.prisma.person.count();
  for (const where of [
    '/sign-up/email',
    '/sign-in/email',
    '/sign-in/sign-up/email',
    '/api/auth/sign-up/email',
  ]) {
    const response = await fetch(url + where, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'Eve', email: 'eve@example.com', password: 'long enough indeed' }),
    });
    expect(response.status, where).toBeGreaterThanOrEqual(400);
    expect(response.headers.getSetCookie()).toEqual([]);
  }
  expect(await services.db.prisma.person.count()).toBe(before);
});

/** fetch does not send a Host of one's own. */
async function rawGet(url: string, headers: Record<string, string> = {}) {
  const [answer] = (await once(get(url, { headers, agent: false }), 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

test('without a sandbox there is no demo link, whatever the environment says', async () => {
  const token = 'd'.repeat(43);
  const plain = await start([], { DEMO_SIGN_IN_TOKEN: token });
  expect((await fetch(`${plain.url}/demo/${token}`)).status).toBe(404);
  const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-demo-link-'));
  const demo = await start(['--sandbox=http://127.0.0.1:9'], {
    DEMO_SIGN_IN_TOKEN: token,
    DATA_DIR: dataDir,
  });
  expect((await fetch(`${demo.url}/demo/${token.replace('d', 'e')}`)).status).toBe(404);
  const answer = await fetch(`${demo.url}/demo/${token}`, { redirect: 'manual' });
  expect(answer.headers.get('Location')).toBe('/');
  const people = await fetch(`${demo.url}/people`, { headers: { Cookie: cookiesOf(answer.headers) } });
  expect(people.status).toBe(200);

  const arrive = (headers: Record<string, string> = {}, path = '/sign-in') =>
    rawGet(demo.url + path, headers);
  // Whoever sits at the demo's machine needs no link; another machine, or another site's name for this one, does.
  const bare = await arrive();
  expect([bare.status, bare.headers.location]).toEqual([302, '/']);
  const cookie = bare.headers['set-cookie']!.map((set) => set.split(';')[0]).join('; ');
  expect((await fetch(`${demo.url}/people`, { headers: { Cookie: cookie } })).status).toBe(200);
  for (const [name, value] of [
    ['Host', 'evil.example'],
    ['X-Forwarded-For', '203.0.113.9'],
  ] as const) {
    const other = await arrive({ [name]: value });
    expect([other.status, other.headers['set-cookie']]).toEqual([200, undefined]);
    expect(other.body).toContain('the address with /demo/ in it that its terminal printed');
  }
  const out = await fetch(`${demo.url}/sign-out`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: cookie, Origin: demo.url, 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  expect(out.headers.get('Location')).toBe('/sign-in?out');
  const signedOut = await arrive({}, '/sign-in?out');
  expect(signedOut.status).toBe(200);
  expect(signedOut.body).toContain('Sign in as its admin');
  expect((await rawGet(`${plain.url}/sign-in`)).status).toBe(200);
  await rm(dataDir, { recursive: true, force: true });
});
