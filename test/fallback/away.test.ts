import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readFallbackState } from '../../app/features/fallback/read-fallback.server.ts';
import { NO_CHECKLIST, toggleFallback } from '../../app/features/fallback/toggle-fallback.server.ts';
import { loader as readPage } from '../../app/routes/fallback.tsx';
import { action as steps, action as toggle } from '../../app/routes/api/fallback.ts';
import { startOwnPostgres, type OwnPostgres } from '../intake/own-postgres.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { openTestAccess, type TestAccess } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { ADA } from './world.ts';

let postgres: OwnPostgres;
let services: TestServices;
let access: TestAccess;
let cookie: string;

beforeAll(async () => {
  postgres = await startOwnPostgres();
});
afterAll(() => postgres.remove());
beforeEach(async () => {
  services = await createTestServices({
    DATABASE_URL: postgres.url,
    SUPPORT_FALLBACK_EMAIL: 'help@shop.test',
  });
  access = openTestAccess(services);
  cookie = await access.signIn('responder');
});
afterEach(async () => {
  access.stop();
  await services.close();
});

const ORIGIN = 'http://outage.test';
const call = (path: string, init: RequestInit = {}) => ({
  request: new Request(ORIGIN + path, {
    ...init,
    headers: { Cookie: cookie, Origin: ORIGIN, ...init.headers },
  }),
  context: access.context as never,
  params: {},
});
const form = (fields: Record<string, string>, accept = 'text/html') => ({
  method: 'POST',
  body: new URLSearchParams(fields),
  headers: { Accept: accept },
});
/** What a route answers, or refuses with. */
async function answer(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Response) return error;
    throw error;
  }
}
const on = { to: 'on', reason: 'AI drafts are wrong' } as const;
const switchOn = () =>
  toggleFallback(services, { ...on, restoreGate: NO_CHECKLIST, actor: ADA, now: new Date() });
const isUp = () => until('it is up', () => services.db.status().state === 'up');

test('a switch that the database stops answering is given up for good: it does not take effect later', async () => {
  await readPage(call('/fallback'));
  await postgres.freeze();
  try {
    expect(services.db.status().state).toBe('up');
    expect(await switchOn()).toEqual({ outcome: 'database_away', sure: true });
  } finally {
    await postgres.thaw();
  }
  await isUp();
  const { pool } = services.db;
  await until('nothing of it goes on', async () => {
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`,
    );
    return rows[0]!.n === 0;
  });
  expect((await readFallbackState(services)).state).toBe('off');
  expect(await pool.query('SELECT 1 FROM fallback_runs')).toMatchObject({ rowCount: 0 });
  expect(await switchOn()).toMatchObject({ outcome: 'switched' });
  await pool.query(`UPDATE fallback_runs SET ended_at = now(), ended_by = 'test'`);
  await pool.query(`UPDATE fallback_mode SET state = 'off'`);
});

test('while it is away, forms say that nothing was done, and the page has the texts all the same', async () => {
  // The session is known from before.
  const shown = await readPage(call('/fallback'));
  expect(await shown.json()).toMatchObject({ away: false, may: true });
  await postgres.freeze();
  try {
    const sent = await answer(() => toggle(call('/api/fallback/toggle', form(on))));
    expect([sent.status, sent.headers.get('Location')]).toEqual([303, '/fallback?done=database_away']);
    const again = await answer(() => steps(call('/api/fallback/steps', form({ do: 'retry', step: '1' }))));
    expect(again.headers.get('Location')).toBe('/fallback?done=database_away');
    const program = await answer(() => toggle(call('/api/fallback/toggle', form(on, 'application/json'))));
    expect(program.status).toBe(503);
    expect(await program.json()).toMatchObject({ code: 'database_away', title: 'Nothing was done' });
    const page = (await (await readPage(call('/fallback?done=database_away'))).json()) as {
      texts: { text: string }[];
    };
    expect(page).toMatchObject({ away: true, done: 'database_away' });
    expect(page.texts.map(({ text }) => text).join()).toContain('help@shop.test');
  } finally {
    await postgres.thaw();
  }
  await isUp();
  expect((await readFallbackState(services)).state).toBe('off');
});
