import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOwnPostgres, type OwnPostgres } from '../intake/own-postgres.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { addPerson, fetchAs, signInOver } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

let postgres: OwnPostgres;
let app: AppProcess;
let dataDir: string;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  dataDir = await makeQuickFolder('data');
  app = await startApp({ DATABASE_URL: postgres.url, DATA_DIR: dataDir });
  await app.ready();
});
afterAll(async () => {
  await app.kill('SIGTERM');
  await postgres.remove();
  await rm(dataDir, { recursive: true, force: true });
});

test('while the database is away, who was signed in reads the page and does nothing else; nobody else gets in', async () => {
  const { url } = app;
  const [known, unseen, signedOut] = await Promise.all(
    [1, 2, 3].map(async () => signInOver(url, await addPerson(postgres.url, 'admin'))),
  );
  const page = (cookie: string) => fetchAs(cookie, `${url}/`, { redirect: 'manual' });
  expect((await page(known!)).status).toBe(200);
  expect((await page(signedOut!)).status).toBe(200);
  const out = await fetchAs(signedOut!, `${url}/sign-out`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(),
  });
  expect(out.status).toBe(303);

  await postgres.kill();
  await until('the app notices', async () => (await fetch(`${url}/readyz`)).status === 503);

  const shown = await page(known!);
  expect(shown.status).toBe(200);
  expect(await shown.text()).toContain('database does not answer');
  for (const [path, init] of [
    ['/audit', {}],
    ['/people', {}],
    ['/api/dead-letters/replay', { method: 'POST', body: new URLSearchParams({ scope: 'all' }) }],
  ] as const) {
    const refused = await fetchAs(known!, url + path, { redirect: 'manual', ...init });
    expect(refused.status, path).toBe(503);
    await refused.body?.cancel();
  }
  const strangers = { unseen: unseen!, signedOut: signedOut!, forged: 'outage-center.session_token=made.up' };
  for (const [who, cookie] of Object.entries(strangers)) {
    const sent = await page(cookie);
    expect([who, sent.status, sent.headers.get('Location')?.slice(0, 8)]).toEqual([who, 302, '/sign-in']);
  }

  await postgres.start();
  await until('it is back', async () => (await fetch(`${url}/readyz`)).status === 200);
  expect((await page(unseen!)).status).toBe(200);
  expect((await page(signedOut!)).status).toBe(302);
});
