import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, cookiesOf, signInOver, type TestPerson } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { authenticator } from './totp.ts';

/** Who is kept out by strangers' tries, who is not, and what a code is worth the second time. */
let services: TestServices;
/** Behind a proxy that is trusted; behind one that is not, with admins who need a second factor; with metrics for this machine. */
let app: AppProcess;
let plain: AppProcess;

beforeAll(async () => {
  services = await createTestServices();
  const env = {
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    SESSION_SECRET: 'the same for both processes: 32 characters',
  };
  app = await startApp({ ...env, TRUSTED_PROXIES: '1' });
  await app.ready();
  plain = await startApp({
    ...env,
    DATA_DIR: path.join(services.dataDir, 'plain'),
    PORT: String(await freePort()),
    REQUIRE_ADMIN_SECOND_FACTOR: 'true',
    METRICS_ALLOW_LOOPBACK: 'true',
  });
  await plain.ready();
}, 120_000);
afterAll(async () => {
  await app.kill('SIGTERM');
  await plain.kill('SIGTERM');
  await services.close();
});

const post = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });
const trySignIn = async (
  to: AppProcess,
  { email, password }: { email: string; password: string },
  headers: Record<string, string> = {},
) => (await post(`${to.url}/sign-in`, { email, password }, headers)).status;
/** Of all that a browser keeps, what says that it signed in before. */
const deviceOf = (cookies: string) => cookies.split('; ').find((cookie) => cookie.includes('.device='))!;

test('strangers at ten addresses lock a person out, but not a browser in which they signed in before', async () => {
  const lead = await addPerson(services.databaseUrl, 'admin', 'Lead');
  const device = deviceOf(await signInOver(app.url, lead));
  for (let address = 1; address <= 10; address += 1) {
    const tries = Array.from({ length: 10 }, () =>
      trySignIn(app, { ...lead, password: 'a guess' }, { 'X-Forwarded-For': `203.0.113.${address}` }),
    );
    await Promise.all(tries);
  }
  const fresh = { 'X-Forwarded-For': '203.0.113.200' };
  expect(await trySignIn(app, lead, fresh)).toBe(429);
  expect(await trySignIn(app, lead, { ...fresh, Cookie: device })).toBe(303);
  // It has tries of its own, which end too.
  const statuses = [];
  for (let i = 0; i < 11; i += 1)
    statuses.push(await trySignIn(app, { ...lead, password: 'a typo' }, { ...fresh, Cookie: device }));
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
}, 120_000);

test('a browser is known for the person who signed in with it, and nobody makes that up', async () => {
  const [own, other] = [
    await addPerson(services.databaseUrl, 'viewer', 'Own'),
    await addPerson(services.databaseUrl, 'viewer', 'Other'),
  ];
  const device = deviceOf(await signInOver(app.url, own));
  const from = { 'X-Forwarded-For': '203.0.113.201' };
  for (let i = 0; i < 10; i += 1) await trySignIn(app, { ...other, password: 'wrong' }, from);
  const [name, value] = device.split('=') as [string, string];
  for (const cookie of [device, `${name}=${value.slice(0, -2)}xx`, `${name}=`, `${name}=a.b.c`])
    expect(await trySignIn(app, other, { ...from, Cookie: cookie })).toBe(429);
  // It opens nothing by itself.
  const page = await fetch(`${app.url}/account`, { redirect: 'manual', headers: { Cookie: device } });
  expect(page.status).toBe(302);
});

test('behind a proxy that is not trusted, strangers do not shut out who is known, and the page names the setting', async () => {
  const lead = await addPerson(services.databaseUrl, 'responder', 'Lead');
  const admin = await addPerson(services.databaseUrl, 'admin', 'Ada');
  const proxied = { 'X-Forwarded-For': '198.51.100.7' };
  const cookies = await signInOver(plain.url, lead);
  for (let i = 0; i < 60; i += 1)
    await trySignIn(plain, { email: `stranger-${i}@example.com`, password: 'x' }, proxied);
  expect(await trySignIn(plain, lead, proxied)).toBe(429);
  expect(await trySignIn(plain, lead, { ...proxied, Cookie: deviceOf(cookies) })).toBe(303);

  await services.db.pool.query('DELETE FROM access_limits');
  await services.db.pool.query(`DELETE FROM sign_in_methods WHERE person_id = $1`, [admin.id]);
  // Signed in where it is trusted, looked at through what is not; an admin without a password needs no second factor.
  const session = await signInByLink(admin);
  const read = async (headers: Record<string, string>) =>
    (await fetch(plain.url, { headers: { Cookie: session, ...headers } })).text();
  expect(await read(proxied)).toMatch(/A proxy stands before this app and is not trusted.*TRUSTED_PROXIES/s);
  expect(await read({})).not.toContain('TRUSTED_PROXIES');
  expect(plain.output().match(/"setting":"TRUSTED_PROXIES"/g)).toHaveLength(1);
  const asResponder = await fetch(plain.url, { headers: { Cookie: cookies, ...proxied } });
  expect(await asResponder.text()).not.toContain('TRUSTED_PROXIES');
}, 120_000);

/** A session of somebody without a password, as single sign-on makes it. */
async function signInByLink(person: TestPerson): Promise<string> {
  const other = await addPerson(services.databaseUrl, 'viewer', 'For a moment');
  const cookies = await signInOver(app.url, other);
  await services.db.pool.query('UPDATE sessions SET person_id = $1 WHERE person_id = $2', [
    person.id,
    other.id,
  ]);
  return cookies;
}

async function turnOn(to: AppProcess, person: TestPerson) {
  const cookie = await signInOver(to.url, person);
  const begun = await post(
    `${to.url}/account?_data=routes%2Faccount`,
    { do: 'second-factor-begin', password: person.password },
    { Cookie: cookie },
  );
  const { secret } = (await begun.json()) as { secret: string };
  const phone = authenticator(secret);
  const code = await phone.next();
  const confirmed = await post(
    `${to.url}/account`,
    { do: 'second-factor-confirm', code },
    { Cookie: cookie },
  );
  expect(confirmed.headers.get('Location')).toBe('/account?done=second_factor_on');
  // The session goes on with a new cookie.
  return { phone, code, cookie: cookiesOf(confirmed.headers) };
}
const beginSignIn = async (to: AppProcess, { email, password }: TestPerson) => {
  const begun = await post(`${to.url}/sign-in`, { email, password });
  expect(begun.headers.get('Location')).toBe('/sign-in/code');
  return cookiesOf(begun.headers);
};

test.each([-600_000, 600_000])(
  'on a machine whose clock is off by %i ms the second factor is turned on and opens, with the code of the right time',
  async (shift) => {
    const port = String(await freePort());
    const off = await startApp({
      DATABASE_URL: services.databaseUrl,
      DATA_DIR: path.join(services.dataDir, `off${port}`),
      NODE_OPTIONS: '--import ./test/support/shifted-clock.ts',
      CLOCK_SHIFT_MS: String(shift),
      PORT: port,
    });
    try {
      await off.ready();
      const person = await addPerson(services.databaseUrl, 'responder', 'Roz');
      const { phone } = await turnOn(off, person);
      const pending = await beginSignIn(off, person);
      const enter = (code: string) => post(`${off.url}/sign-in/code`, { code }, { Cookie: pending });
      expect((await enter('000000')).status).toBe(401);
      expect((await enter(await phone.next())).status).toBe(303);
    } finally {
      await off.kill('SIGTERM');
    }
  },
  180_000,
);

test.each([-8, 8])(
  'a process whose clock is %i days off ends nobody’s session, and opens none that is over',
  async (days) => {
    const port = String(await freePort());
    const off = await startApp({
      DATABASE_URL: services.databaseUrl,
      DATA_DIR: path.join(services.dataDir, `days${port}`),
      SESSION_SECRET: 'the same for both processes: 32 characters',
      NODE_OPTIONS: '--import ./test/support/shifted-clock.ts',
      CLOCK_SHIFT_MS: String(days * 86_400_000),
      PORT: port,
    });
    try {
      await off.ready();
      for (const where of [app, off]) {
        const person = await addPerson(services.databaseUrl, 'responder', 'Ruth');
        const Cookie = await signInOver(where.url, person);
        const asked = [];
        for (const { url } of [off, app, off, app])
          asked.push((await fetch(`${url}/api/strip`, { headers: { Cookie } })).status);
        expect(asked).toEqual([200, 200, 200, 200]);
        const { rows } = await services.db.pool.query<{ days: number; began: boolean }>(
          `SELECT round(extract(epoch FROM expires_at - now()) / 86400)::float AS days, created_at BETWEEN now() - interval '1 min' AND now() + interval '5 s' AS began
           FROM sessions WHERE person_id = $1`,
          [person.id],
        );
        expect(rows).toEqual([{ days: 7, began: true }]);
      }
    } finally {
      await off.kill('SIGTERM');
    }
  },
  180_000,
);

test('a code works once: not in another browser, not for the sign-in after it, not at once in two', async () => {
  const person = await addPerson(services.databaseUrl, 'responder', 'Rob');
  const { phone, code: first } = await turnOn(app, person);
  const enter = async (pending: string, code: string) =>
    (await post(`${app.url}/sign-in/code`, { code }, { Cookie: pending })).status;
  // The one that turned it on.
  expect(await enter(await beginSignIn(app, person), first)).toBe(401);
  const code = await phone.next();
  const both = [await beginSignIn(app, person), await beginSignIn(app, person)];
  const answers = await Promise.all(both.map((pending) => enter(pending, code)));
  expect(answers.sort()).toEqual([303, 401]);
  expect(await enter(await beginSignIn(app, person), code)).toBe(401);
}, 180_000);

test('who has no sign-in to go on with takes no tries away from who has', async () => {
  const person = await addPerson(services.databaseUrl, 'responder', 'Rob');
  const { phone } = await turnOn(app, person);
  for (let i = 0; i < 30; i += 1) {
    const answer = await post(`${app.url}/sign-in/code`, { code: `00000${i % 10}` });
    expect(answer.status).toBe(401);
  }
  const pending = await beginSignIn(app, person);
  const answer = await post(`${app.url}/sign-in/code`, { code: await phone.next() }, { Cookie: pending });
  expect(answer.status).toBe(303);
}, 180_000);

test('an admin who needs a second factor may do what a viewer may until it is on, and cannot turn it off', async () => {
  const admin = await addPerson(services.databaseUrl, 'admin', 'Ada');
  const before = await signInOver(plain.url, admin);
  const people = async (cookie: string) =>
    fetch(`${plain.url}/people`, { redirect: 'manual', headers: { Cookie: cookie, Accept: 'text/html' } });
  const refused = await people(before);
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain('Turn on your second factor first');
  const page = await fetch(plain.url, { headers: { Cookie: before } });
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('Turn on your second factor.');
  const forged = await post(
    `${plain.url}/people`,
    { do: 'invite', email: 'eve@example.com', role: 'admin' },
    { Cookie: before },
  );
  expect(forged.status).toBe(403);

  const { phone, cookie } = await turnOn(plain, admin);
  expect((await people(cookie)).status).toBe(200);
  const off = await post(
    `${plain.url}/account`,
    { do: 'second-factor-off', password: admin.password },
    { Cookie: cookie },
  );
  expect(off.status).toBe(403);
  const pending = await beginSignIn(plain, admin);
  const signedIn = await post(`${plain.url}/sign-in/code`, { code: await phone.next() }, { Cookie: pending });
  expect((await people(cookiesOf(signedIn.headers))).status).toBe(200);
  // Where nobody asks for one, nobody needs one; a responder never does.
  expect((await fetch(`${app.url}/people`, { headers: { Cookie: before } })).status).toBe(200);
}, 180_000);

test('metrics are open to this machine only where the operator says so', async () => {
  const status = async (url: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/metrics`, { headers });
    await response.body?.cancel();
    return response.status;
  };
  expect(await status(app.url)).toBe(401);
  expect(await status(plain.url)).toBe(200);
  expect(await status(plain.url, { Via: '1.1 proxy' })).toBe(401);
});

test('the audit log keeps whose sign-in was refused, and not what else was typed into that field', async () => {
  const person = await addPerson(services.databaseUrl, 'viewer', 'Own');
  await trySignIn(app, { email: 'My Secret Passphrase 99', password: '' });
  await trySignIn(app, { email: 'stranger@example.com', password: 'x' });
  await trySignIn(app, { email: person.email, password: 'x' });
  const { rows } = await services.db.pool.query<{ target: string }>(
    `SELECT target FROM audit_log WHERE action = 'session.refused' ORDER BY id DESC LIMIT 3`,
  );
  expect(rows.map(({ target }) => target)).toEqual([
    `sign-in as ${person.email}`,
    'sign-in as somebody who is not among the people',
    'sign-in as somebody who is not among the people',
  ]);
  const all = await services.db.pool.query<{ text: string }>('SELECT a::text AS text FROM audit_log a');
  expect(
    all.rows
      .map(({ text }) => text)
      .join()
      .toLowerCase(),
  ).not.toContain('passphrase');
});

test('tokens end: as they were made to, and those from before within three months', async () => {
  const admin = await addPerson(services.databaseUrl, 'admin', 'Ada');
  const cookie = await signInOver(app.url, admin);
  const make = async (fields: Record<string, string>) => {
    const made = await post(
      `${app.url}/account`,
      { do: 'token-create', name: 'a program', permission: 'page.read', ...fields },
      { Cookie: cookie },
    );
    return { status: made.status, token: /oc_[\w-]{43}/.exec(await made.text())?.[0] };
  };
  const asks = async (token = '') => {
    const answer = await fetch(`${app.url}/api/status`, { headers: { Authorization: `Bearer ${token}` } });
    return answer.status;
  };
  expect((await make({ days: '36500' })).status).toBe(400);
  const { token } = await make({ days: '7' });
  const { token: usual } = await make({});
  const { rows } = await services.db.pool.query<{ days: number }>(
    `SELECT round(extract(epoch FROM expires_at - created_at) / 86400)::int AS days FROM api_tokens
     WHERE person_id = $1 ORDER BY id`,
    [admin.id],
  );
  expect(rows.map(({ days }) => days)).toEqual([7, 90]);
  expect([await asks(token), await asks(usual)]).toEqual([200, 200]);
  await services.db.pool.query(
    `UPDATE api_tokens SET expires_at = now() WHERE person_id = $1 AND expires_at < now() + interval '10 d'`,
    [admin.id],
  );
  expect([await asks(token), await asks(usual)]).toEqual([401, 200]);
  const page = await fetch(`${app.url}/account`, { headers: { Cookie: cookie } });
  expect(await page.text()).toContain('Expired');
});

test('a link that could be used stands in no log line, also when its page fails', async () => {
  const token = 't'.repeat(20) + randomUUID().replaceAll('-', '').slice(0, 23);
  await services.db.pool.query('ALTER TABLE access_links RENAME TO links_away');
  try {
    for (const kind of ['invite', 'setup']) {
      const answer = await fetch(`${app.url}/${kind}/${token}?token=${token}`);
      expect(answer.status).toBe(500);
    }
  } finally {
    await services.db.pool.query('ALTER TABLE links_away RENAME TO access_links');
  }
  await until('the failure is logged', () => app.output().includes('/invite/[hidden]'));
  expect(app.output()).not.toContain(token);
});
