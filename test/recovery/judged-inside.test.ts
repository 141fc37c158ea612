import { afterEach, beforeEach, expect, test } from 'vitest';
import { NO_CHECKLIST, toggleFallback } from '../../app/features/fallback/toggle-fallback.server.ts';
import { action as toggle } from '../../app/routes/api/fallback.ts';
import { action as control } from '../../app/routes/api/incidents.control.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { openTestAccess, type TestAccess } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { ADA } from '../canary/canary-world.ts';

let services: TestServices;
let access: TestAccess;
let cookie: string;
const query = (sql: string, values: unknown[] = []) => services.db.pool.query(sql, values);

beforeEach(async () => {
  services = await createTestServices();
  access = openTestAccess(services);
  cookie = await access.signIn('responder');
  await query(
    `INSERT INTO health_components (name, label, state, since, checked_at, target)
     VALUES ('chatwoot', 'Chatwoot', 'up', now(), now(), 'x')`,
  );
});
afterEach(async () => {
  access.stop();
  await services.close();
});

const check = (tick: number, outcome: 'ok' | 'failed') =>
  query(
    `INSERT INTO probe_results (tick, probe, component, at, outcome, target)
     VALUES ($1, 'chatwoot.live', 'chatwoot', $2, $3, 'x')`,
    [tick, new Date(), outcome],
  );

/** Asks for a change while somebody else holds its row; meanwhile a check fails. */
async function whileHeld(lock: string, ask: () => Promise<Response>): Promise<unknown> {
  const answer = await inTransaction(services.db.pool, async (client) => {
    await client.query(lock);
    const asked = ask();
    await until('it waits for the row', async () => {
      const { rows } = await query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows.length > 0;
    });
    await check(2, 'failed');
    return { asked };
  });
  return (await answer.asked).json();
}

const post = (path: string, fields: Record<string, string>, params = {}) => ({
  request: new Request(`http://outage.test${path}`, {
    method: 'POST',
    headers: { Cookie: cookie, Accept: 'application/json' },
    body: new URLSearchParams(fields),
  }),
  context: access.context as never,
  params,
});

test('a check that fails while somebody resolves an incident is judged', async () => {
  await query(
    `INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by)
     VALUES ('chatwoot', 'Chatwoot does not answer', 'P0', now() - interval '1 hour', now(), 'alert chatwoot_down')`,
  );
  await check(1, 'ok');
  const resolve = post(
    '/api/incidents/1/resolve',
    { resolution: 'Restarted it.' },
    { id: '1', verb: 'resolve' },
  );
  const answer = await whileHeld('SELECT 1 FROM incidents FOR UPDATE', () => control(resolve));
  expect(answer).toMatchObject({ outcome: 'not_verified' });
  expect((answer as { why: string }).why).toContain('chatwoot failed at');
});

test('a check that fails while somebody switches fallback mode off is judged', async () => {
  const on = { to: 'on', reason: 'Drafts are wrong', restoreGate: NO_CHECKLIST, actor: ADA } as const;
  await toggleFallback(services, { ...on, now: new Date() });
  await check(1, 'ok');
  const off = post('/api/fallback/toggle', { to: 'off', reason: 'It is over' });
  const answer = await whileHeld('SELECT 1 FROM fallback_mode FOR UPDATE', () => toggle(off));
  expect(answer).toMatchObject({ code: 'checklist_open' });
  expect((answer as { items: string[] }).items).toContain('Chatwoot answers 200 at its health address');
});
