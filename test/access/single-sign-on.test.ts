import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, signInOver } from '../support/sign-in.ts';
import { startIdentityProvider, type IdentityProvider } from './identity-provider.ts';

let services: TestServices;
let app: AppProcess;
let provider: IdentityProvider;

beforeAll(async () => {
  services = await createTestServices();
  const port = await freePort();
  const appUrl = `http://127.0.0.1:${port}`;
  provider = await startIdentityProvider(appUrl);
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    PORT: String(port),
    APP_URL: appUrl,
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
  });
  await app.ready();
});
afterAll(async () => {
  await app.kill('SIGTERM');
  await provider.stop();
  await services.close();
});

/** A browser with cookies for both sites, that follows redirects until a page is shown. */
function createBrowser() {
  const cookies = new Map<string, string>();
  const sites = (url: URL) => `${url.host} `;
  return {
    cookies,
    async open(
      address: string,
      stopBefore?: string,
    ): Promise<{ status: number; url: URL; location: string[] }> {
      let url = new URL(address);
      const location: string[] = [];
      for (;;) {
        const cookie = [...cookies]
          .filter(([key]) => key.startsWith(sites(url)))
          .map(([key, value]) => `${key.slice(sites(url).length)}=${value}`)
          .join('; ');
        const response = await fetch(url, { redirect: 'manual', headers: { Cookie: cookie } });
        await response.body?.cancel();
        for (const line of response.headers.getSetCookie()) {
          const [pair = ''] = line.split(';');
          const at = pair.indexOf('=');
          const key = sites(url) + pair.slice(0, at);
          if (at === pair.length - 1 || /max-age=0|expires=thu, 01 jan 1970/i.test(line)) cookies.delete(key);
          else cookies.set(key, pair.slice(at + 1));
        }
        const next = response.headers.get('Location');
        if (!next || location.length > 12) return { status: response.status, url, location };
        url = new URL(next, url);
        location.push(url.href);
        if (stopBefore && url.href.startsWith(stopBefore)) return { status: response.status, url, location };
      }
    },
  };
}

test('somebody who was invited gets in by single sign-on, back to the page they wanted, and it is on record', async () => {
  const { id, email, name } = await addPerson(services.databaseUrl, 'responder', 'Nora');
  provider.signedInAs({ email, name });
  const browser = createBrowser();
  const shown = await browser.open(`${app.url}/sign-in/oidc?returnTo=%2Faccount`);
  expect(shown).toMatchObject({ status: 200, url: { pathname: '/account' } });
  expect(shown.location[0]).toContain(provider.issuer);
  const { rows } = await services.db.pool.query<{ actor_id: string }>(
    `SELECT actor_id FROM audit_log WHERE action = 'session.start' ORDER BY id DESC LIMIT 1`,
  );
  expect(rows).toEqual([{ actor_id: `person:${id}` }]);
});

test('an identity provider that is mute stops nobody who signs in with a password, and is said', async () => {
  const mute = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const own = await createTestServices({ DATABASE_URL: services.databaseUrl });
  const port = await freePort();
  const beside = await startApp({
    DATABASE_URL: own.databaseUrl,
    DATA_DIR: own.dataDir,
    PORT: String(port),
    APP_URL: `http://127.0.0.1:${port}`,
    OIDC_ISSUER: `http://127.0.0.1:${(mute.address() as AddressInfo).port}`,
    OIDC_CLIENT_ID: 'x',
    OIDC_CLIENT_SECRET: 'y',
  });
  try {
    await beside.ready();
    const shown = createBrowser().open(`${beside.url}/sign-in/oidc`);
    const nora = await addPerson(services.databaseUrl, 'viewer', 'Nora');
    const cookie = await signInOver(beside.url, nora);
    const account = await fetch(`${beside.url}/account`, { headers: { Cookie: cookie }, redirect: 'manual' });
    expect(account.status).toBe(200);
    expect((await shown).url.pathname).toBe('/sign-in');
  } finally {
    await beside.kill('SIGTERM');
    await own.close();
    mute.closeAllConnections();
    mute.close();
  }
});

test('who was not invited is sent back to the sign-in and nobody is made', async () => {
  provider.signedInAs({ email: 'stranger@example.com', name: 'Stranger' });
  const browser = createBrowser();
  const shown = await browser.open(`${app.url}/sign-in/oidc`);
  expect(shown.url.pathname).toBe('/sign-in');
  expect(await services.db.prisma.person.count({ where: { email: 'stranger@example.com' } })).toBe(0);
  expect((await browser.open(`${app.url}/account`)).url.pathname).toBe('/sign-in');
});

test('somebody deactivated does not get in', async () => {
  const { id, email, name } = await addPerson(services.databaseUrl, 'admin', 'Gone');
  await services.db.pool.query('UPDATE people SET deactivated_at = now() WHERE id = $1', [id]);
  provider.signedInAs({ email, name });
  expect((await createBrowser().open(`${app.url}/sign-in/oidc`)).url.pathname).toBe('/sign-in');
  expect(await services.db.prisma.session.count({ where: { personId: id } })).toBe(0);
});

test('the way back works only in the browser that began', async () => {
  const { id, email, name } = await addPerson(services.databaseUrl, 'viewer', 'Victim');
  provider.signedInAs({ email, name });
  const began = createBrowser();
  const { url: wayBack } = await began.open(`${app.url}/sign-in/oidc`, `${app.url}/sign-in/callback/oidc?`);
  expect((await createBrowser().open(wayBack.href)).url.pathname).toBe('/sign-in');
  expect(await services.db.prisma.session.count({ where: { personId: id } })).toBe(0);
});

const linksOf = (personId: string) =>
  services.db.prisma.signInMethod.findMany({ where: { personId, providerId: { not: 'credential' } } });

test.each([
  ['says that it is not verified', false],
  ['says so in a word', 'false'],
  ['says nothing of it', undefined],
])('an e-mail address that the provider does not vouch for lets nobody in: it %s', async (_how, verified) => {
  const victim = await addPerson(services.databaseUrl, 'admin', 'Victim');
  provider.signedInAs({
    email: victim.email,
    name: 'Mallory',
    sub: `mallory-${String(verified)}`,
    email_verified: verified,
  });
  const browser = createBrowser();
  const shown = await browser.open(`${app.url}/sign-in/oidc`);
  expect(shown.url.pathname + shown.url.search).toBe('/sign-in?error=sso');
  expect((await browser.open(`${app.url}/account`)).url.pathname).toBe('/sign-in');
  expect(await linksOf(victim.id)).toEqual([]);
  expect(await services.db.prisma.session.count({ where: { personId: victim.id } })).toBe(0);
});

test('a link that was made by a verified address ends its use with the vouching', async () => {
  const nora = await addPerson(services.databaseUrl, 'viewer', 'Nora');
  provider.signedInAs({ email: nora.email, name: nora.name, sub: 'nora-1' });
  expect((await createBrowser().open(`${app.url}/sign-in/oidc`)).url.pathname).toBe('/');
  provider.signedInAs({ email: nora.email, name: nora.name, sub: 'nora-1', email_verified: false });
  expect((await createBrowser().open(`${app.url}/sign-in/oidc`)).url.pathname).toBe('/sign-in');
});

test('an operator who trusts the addresses of the provider says so', async () => {
  const port = await freePort();
  const appUrl = `http://127.0.0.1:${port}`;
  const own = await startIdentityProvider(appUrl);
  const trusting = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: path.join(services.dataDir, 'trusting'),
    PORT: String(port),
    APP_URL: appUrl,
    OIDC_ISSUER: own.issuer,
    OIDC_CLIENT_ID: own.clientId,
    OIDC_CLIENT_SECRET: own.clientSecret,
    OIDC_TRUST_EMAIL: 'true',
  });
  try {
    await trusting.ready();
    const nora = await addPerson(services.databaseUrl, 'viewer', 'Nora');
    own.signedInAs({ email: nora.email, name: nora.name, email_verified: false });
    expect((await createBrowser().open(`${trusting.url}/sign-in/oidc`)).url.pathname).toBe('/');
    // The same subject at another issuer is somebody else.
    provider.signedInAs({ email: 'else@example.com', name: 'Else', sub: nora.email });
    expect((await createBrowser().open(`${app.url}/sign-in/oidc`)).url.pathname).toBe('/sign-in');
  } finally {
    await trusting.kill('SIGTERM');
    await own.stop();
  }
});

test('what the provider gave to act there is not kept, and cannot be', async () => {
  const nora = await addPerson(services.databaseUrl, 'viewer', 'Nora');
  provider.signedInAs({ email: nora.email, name: nora.name });
  for (let i = 0; i < 2; i += 1) await createBrowser().open(`${app.url}/sign-in/oidc`);
  const links = await linksOf(nora.id);
  expect(links).toHaveLength(1);
  expect(links[0]).toMatchObject({ accessToken: null, refreshToken: null, idToken: null });
  expect(links[0]!.accountId).toBe(`${nora.email}@${provider.issuer}`);
  await expect(
    services.db.pool.query(`UPDATE sign_in_methods SET id_token = 'x' WHERE id = $1`, [links[0]!.id]),
  ).rejects.toThrow('no_provider_tokens');
});

test('a link is shown to its owner and to admins, is removed by either, and is gone after a reset', async () => {
  const nora = await addPerson(services.databaseUrl, 'admin', 'Nora');
  const boss = { Cookie: await signInOver(app.url, await addPerson(services.databaseUrl, 'admin', 'Boss')) };
  const post = (where: string, fields: Record<string, string>, headers: Record<string, string>) =>
    fetch(where.startsWith('http') ? where : app.url + where, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    });
  const link = async () => {
    provider.signedInAs({ email: nora.email, name: nora.name });
    await createBrowser().open(`${app.url}/sign-in/oidc`);
    expect(await linksOf(nora.id)).toHaveLength(1);
  };
  await link();
  const own = { Cookie: await signInOver(app.url, nora) };
  expect(await (await fetch(`${app.url}/account`, { headers: own })).text()).toContain(
    'Unlink single sign-on',
  );
  expect(await (await fetch(`${app.url}/people`, { headers: boss })).text()).toContain(
    'Unlink single sign-on: Nora',
  );
  // Her own session stays, those that may have come by the link end.
  expect((await post('/account', { do: 'unlink' }, own)).status).toBe(303);
  expect(await linksOf(nora.id)).toEqual([]);
  expect(await services.db.prisma.session.count({ where: { personId: nora.id } })).toBe(1);

  await link();
  expect((await post('/people', { do: 'unlink', person: nora.id }, boss)).status).toBe(303);
  expect(await linksOf(nora.id)).toEqual([]);
  expect(await services.db.prisma.session.count({ where: { personId: nora.id } })).toBe(0);

  await link();
  const made = await (await post('/people', { do: 'reset', person: nora.id, name: 'Nora' }, boss)).text();
  const password = 'tulips under the bridge';
  const url = /http:[^"&]+\/invite\/[\w-]{43}/.exec(made)![0];
  expect((await post(url, { password, again: password }, {})).status).toBe(303);
  expect(await linksOf(nora.id)).toEqual([]);
});

test('a session that cannot be read back is handed to nobody', async () => {
  const nora = await addPerson(services.databaseUrl, 'viewer', 'Unreadable');
  // Between its making and its reading the session is gone, as when somebody ends it.
  await services.db.pool.query(
    `CREATE FUNCTION lose_session() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       DELETE FROM sessions WHERE id = NEW.id AND person_id = '${nora.id}'; RETURN NULL; END $$;
     CREATE TRIGGER lose_session AFTER INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION lose_session()`,
  );
  try {
    provider.signedInAs({ email: nora.email, name: nora.name });
    const browser = createBrowser();
    const shown = await browser.open(`${app.url}/sign-in/oidc`);
    expect(shown.url.pathname + shown.url.search).toBe('/sign-in?error=sso');
    expect([...browser.cookies.keys()].filter((name) => name.includes('session_token'))).toEqual([]);
  } finally {
    await services.db.pool.query('DROP TRIGGER lose_session ON sessions; DROP FUNCTION lose_session');
  }
});

test('an identity provider that is away is said so, and the password still works', async () => {
  const lonely = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: path.join(services.dataDir, 'lonely'),
    OIDC_ISSUER: 'http://127.0.0.1:9',
    OIDC_CLIENT_ID: 'x',
    OIDC_CLIENT_SECRET: 'y',
  });
  try {
    await lonely.ready();
    const shown = await createBrowser().open(`${lonely.url}/sign-in/oidc`);
    expect(shown.url.pathname + shown.url.search).toBe('/sign-in?error=sso');
    expect(shown.status).toBe(200);
  } finally {
    await lonely.kill('SIGTERM');
  }
});
