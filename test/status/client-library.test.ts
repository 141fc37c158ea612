import { Statuspage } from 'statuspage.io';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

/** A public library of Statuspage's API v2, made for Atlassian's own pages, reads ours when it is told the address. */
let services: TestServices;
let app: AppProcess;
let client: Statuspage;

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    STATUS_PAGE: 'on',
    HEALTH_CHECK_INTERVAL: '1s',
    HEALTH_CONFIRM_INTERVAL: '300ms',
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
  });
  await app.ready();
  client = new Statuspage('ours');
  client.setApiUrl(app.url);
  const now = services.db.clock.now().getTime();
  const at = (minutes: number) => new Date(now + minutes * 60_000);
  const add = (fields: unknown[]) =>
    services.db.pool.query<{ id: number }>(
      `INSERT INTO status_notices (kind, title, components, began_at, ends_at, created_at, resolved_at)
       VALUES ($1, $2, $3, $4, $5, $4, $6) RETURNING id`,
      fields,
    );
  const broken = '{"1": "major_outage"}';
  const { rows } = await add(['incident', 'Chat does not work', broken, at(-30), null, null]);
  await add(['incident', 'Chat was slow', broken, at(-300), null, at(-200)]);
  await add(['maintenance', 'New servers', '{"1": "under_maintenance"}', at(-5), at(60), null]);
  await add(['maintenance', 'Newer servers', '{"1": "under_maintenance"}', at(600), at(660), null]);
  await services.db.pool.query(
    `INSERT INTO status_updates (notice_id, state, text, at, author) VALUES ($1, 'identified', 'We know why.', $2, 'Ada')`,
    [rows[0]!.id, at(-10)],
  );
  services.changes.announce('page');
  // Read as a whole: what was written last is there with all that came before it.
  await until('it is public', async () => {
    const { components, incidents } = await client.api.getSummary();
    return components.length > 0 && incidents[0]?.incident_updates.length === 1;
  });
});
afterAll(async () => {
  await app?.kill('SIGTERM');
  await services?.close();
});

test('it reads the summary, the status and the components', async () => {
  const summary = await client.api.getSummary();
  expect(summary.page.name).toBe('Support status');
  expect(summary.incidents.map(({ name }) => name)).toEqual(['Chat does not work']);
  expect(summary.scheduled_maintenances.map(({ name }) => name).sort()).toEqual([
    'New servers',
    'Newer servers',
  ]);
  const { status } = await client.api.getStatus();
  expect(status).toMatchObject({ indicator: 'critical', description: expect.any(String) as string });
  const { components } = await client.api.getComponents();
  expect(components.length).toBeGreaterThan(0);
  expect(components[0]).toMatchObject({ status: 'major_outage', name: expect.any(String) as string });
});

test('it reads incidents, all and those that go on, with their updates', async () => {
  const { incidents } = await client.api.incidents.getAll();
  expect(incidents.map(({ name }) => name)).toEqual(['Chat does not work', 'Chat was slow']);
  const unresolved = await client.api.incidents.getUnresolved();
  expect(unresolved.incidents).toMatchObject([
    {
      name: 'Chat does not work',
      impact: 'critical',
      incident_updates: [{ status: 'identified', body: 'We know why.' }],
    },
  ]);
});

test('it reads what maintenance is to come; what goes on, and all of it, stand at the addresses of Statuspage', async () => {
  const upcoming = await client.api.scheduledMaintenances.getUpcoming();
  expect(upcoming.scheduled_maintenances.map(({ name }) => name)).toEqual(['Newer servers']);
  // This version of it asks for what is to come for all three.
  const read = async (address: string) => {
    const answer = (await (await fetch(`${app.url}/api/v2/${address}.json`)).json()) as typeof upcoming;
    return answer.scheduled_maintenances.map(({ name, status }) => [name, status]).sort();
  };
  expect(await read('scheduled-maintenances/active')).toEqual([['New servers', 'in_progress']]);
  expect(await read('scheduled-maintenances')).toEqual([
    ['New servers', 'in_progress'],
    ['Newer servers', 'scheduled'],
  ]);
});
