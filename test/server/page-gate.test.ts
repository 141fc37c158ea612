import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { fetchAs, signInAs } from '../support/sign-in.ts';

let services: TestServices;
let app: AppProcess;
beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({ DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir });
  await app.ready();
});
afterAll(async () => {
  await app.kill('SIGTERM');
  await services.close();
});

test('six hundred page reads of one viewer: a responder gets the page, the app stays ready, webhooks are taken', async () => {
  const viewer = await signInAs(app.url, services.databaseUrl, 'viewer');
  const responder = await signInAs(app.url, services.databaseUrl, 'responder');
  const statuses: number[] = [];
  const flood = Promise.all(
    Array.from({ length: 600 }, async () => {
      const answer = await fetchAs(viewer, app.url).catch(() => null);
      await answer?.text().catch(() => undefined);
      if (answer) statuses.push(answer.status);
    }),
  );
  const seen: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const page = await fetchAs(responder, app.url);
    expect(page.status).toBe(200);
    expect(await page.text()).not.toContain('Database away');
    const ready = await fetch(`${app.url}/readyz`);
    seen.push(ready.status);
    await ready.text();
    const webhook = await fetch(`${app.url}/api/webhooks/chatwoot`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ event: 'message_created', id: n }),
    });
    expect(webhook.status).toBe(200);
  }
  await flood;
  expect(seen).toEqual([200, 200, 200, 200, 200]);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(app.output()).not.toMatch(/no answer within|"database":"down"/);
});

test('six hundred forms of one viewer keep a responder from nothing, and the database free', async () => {
  const viewer = await signInAs(app.url, services.databaseUrl, 'viewer');
  const responder = await signInAs(app.url, services.databaseUrl, 'responder');
  const send = (cookie: string, path: string, body: string) =>
    fetchAs(cookie, app.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' },
      body,
    });
  const statuses: number[] = [];
  const flood = Promise.all(
    Array.from({ length: 600 }, async () => {
      // Its answer is a page, with all that is read for it.
      const answer = await send(viewer, '/account', 'do=x').catch(() => null);
      await answer?.text().catch(() => undefined);
      if (answer) statuses.push(answer.status);
    }),
  );
  for (let n = 0; n < 3; n += 1) {
    expect((await send(responder, '/api/health/check', '')).status).toBe(200);
    const page = await fetchAs(responder, app.url);
    expect(page.status).toBe(200);
    expect(await page.text()).not.toContain('Database away');
  }
  await flood;
  expect(new Set(statuses)).toEqual(new Set([400, 429]));
  expect(app.output()).not.toMatch(/timeout exceeded|no_connection_free|no answer within|"database":"down"/);
});

test('a crowd with cookies and tokens of its own making takes no place from who is signed in', async () => {
  const responder = await signInAs(app.url, services.databaseUrl, 'responder');
  const name = responder
    .split('; ')
    .find((pair) => pair.includes('session_token='))!
    .split('=')[0]!;
  const forged = (n: number): Record<string, string> =>
    n % 2 ? { Cookie: `${name}=forged${n}.c2lnbmF0dXJl` } : { Authorization: `Bearer oc_forged${n}` };
  const statuses: number[] = [];
  const flood = Promise.all(
    Array.from({ length: 900 }, async (_, n) => {
      const answer = await fetch(app.url, { redirect: 'manual', headers: forged(n) }).catch(() => null);
      await answer?.text().catch(() => undefined);
      if (answer) statuses.push(answer.status);
    }),
  );
  for (let n = 0; n < 5; n += 1) {
    const page = await fetchAs(responder, app.url);
    expect([page.status, page.redirected]).toEqual([200, false]);
    await page.text();
  }
  await flood;
  expect(statuses.every((status) => status < 500)).toBe(true);
});

test('a page whose statement takes too long is ended by the server, and the next one is read', async () => {
  const { pool } = services.db.reading;
  await expect(pool.query('SELECT pg_sleep(30)')).rejects.toMatchObject({ code: '57014' });
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});
