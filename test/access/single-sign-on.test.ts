import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson } from '../support/sign-in.ts';
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

test('an identity provider that is away is said so, and the password still works', async () => {
  const lonely = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
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
