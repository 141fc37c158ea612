import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { DrillDetail } from '../../app/features/drill/drill-view.ts';
import { readDrill } from '../../app/features/drill/read-drills.server.ts';
import { drillDatabaseUrl } from '../../app/features/drill/drill-database.server.ts';
import { requestDrill } from '../../app/features/drill/request-drill.server.ts';
import {
  notificationSettings,
  startNotifications,
  type Notifications,
} from '../../app/sandbox/notifications/notifications.ts';
import type { QueuedMessage } from '../../app/features/notify/message.ts';
import { queueNotifications } from '../../app/features/notify/queue-notifications.server.ts';
import { createPool } from '../../app/lib/database/database.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

let services: TestServices;
let stubs: Notifications;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  services = await createTestServices();
  stubs = await startNotifications();
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});
afterAll(async () => {
  await services.close();
  await stubs.stop();
});

async function startProcess(): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, 'drill-process.ts'), {
    env: {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      DATABASE_URL: services.databaseUrl,
      DATA_DIR: services.dataDir,
      ...notificationSettings(stubs),
      HEALTH_CHECK_INTERVAL: '30s',
      HEALTH_CONFIRM_INTERVAL: '15s',
    },
  });
  children.add(child);
  await once(child, 'message');
  return child;
}

async function begin(notify: 'marked' | 'simulated' = 'simulated'): Promise<number> {
  const asked = await requestDrill(services, {
    wishes: { scenario: 'chatwoot_down', speed: 60, notify, repairAfter: null },
    actor: person('Mara'),
    now: new Date(),
  });
  if (asked.outcome !== 'requested') throw new Error(asked.outcome);
  return asked.drillId;
}

const see = (id: number, what: string, isSo: (drill: DrillDetail) => boolean) =>
  until(
    what,
    async () => {
      const drill = (await readDrill(services, id))!;
      return isSo(drill) ? drill : null;
    },
    40_000,
  );

/** What is left of a drill: databases, and the sandbox that it was played in. */
async function leftovers(): Promise<string[]> {
  const { rows } = await services.db.pool.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE datname LIKE current_database() || '_drill_%'",
  );
  return rows.map(({ datname }) => datname);
}

test('kill -9 of the process that plays it: aborted by a restart, said so, cleared away; the next drill can begin', async () => {
  const first = await startProcess();
  const id = await begin();
  const noticed = await see(id, 'it is noticed', ({ detectedAt }) => detectedAt !== null);
  const sandbox = noticed.progress!.components.find(({ name }) => name === 'agent');
  expect(sandbox).toMatchObject({ state: 'up' });
  expect(await leftovers()).toHaveLength(1);
  first.kill('SIGKILL');
  await once(first, 'exit');
  await startProcess();
  const ended = await see(id, 'it is ended', ({ endedAt }) => endedAt !== null);
  expect(ended).toMatchObject({
    state: 'aborted',
    endedBy: 'Outage Center',
    endReason: 'Aborted by a restart: the process that played it ended.',
    recoveredAt: null,
  });
  // What was measured until then stays.
  expect(ended.detectedAt).toBe(noticed.detectedAt);
  await until('its database is gone', async () => (await leftovers()).length === 0);
  await see(await begin(), 'the next one runs', ({ state }) => state === 'running');
}, 120_000);

const warning: QueuedMessage = {
  dedupeKey: 'warning-queue-1:warning',
  thread: 'warning-queue-1',
  incidentId: null,
  contactId: null,
  channel: { kind: 'pagerduty', of: 'environment' },
  fallbacks: [],
  message: {
    kind: 'warning',
    severity: 'warning',
    title: 'Webhooks wait',
    sentence: 'They wait.',
    facts: [],
    link: '/alerts',
    at: new Date().toISOString(),
  },
  drill: 'marked',
};

test('kill -9 in a drill with real messages: its alert at PagerDuty is closed, and people hear that it is over', async () => {
  await services.db.pool.query("UPDATE processes SET last_seen = 'epoch'");
  const first = await startProcess();
  await until('what was lost is cleared away', async () => (await leftovers()).length === 0);
  const id = await begin('marked');
  await until('somebody is paged', () => stubs.pagerduty.received.length > 0, 40_000);
  // A warning that is not over has an alert of its own.
  const world = createPool(drillDatabaseUrl(services.databaseUrl, (await leftovers())[0]!), 1);
  await inTransaction(world, (client) => queueNotifications(client, [warning], new Date()));
  await world.end();
  await until('and warned', () =>
    stubs.pagerduty.received.some(({ body }) => body.dedup_key === warning.thread),
  );
  first.kill('SIGKILL');
  await once(first, 'exit');
  await startProcess();
  const alerts = () =>
    new Map(stubs.pagerduty.received.map(({ body }) => [body.dedup_key, body.event_action]));
  await until(
    'no alert is open',
    () => [...alerts().values()].every((action) => action === 'resolve'),
    40_000,
  );
  expect(alerts().size).toBeGreaterThan(1);
  const said = await until('people hear it', () =>
    stubs.slack.received.find(({ text }) => text.includes(' resolved: ')),
  );
  expect(said.text).toMatch(/^DRILL: /);
  expect(await readDrill(services, id)).toMatchObject({ state: 'aborted' });
  await until('its database is gone', async () => (await leftovers()).length === 0);
}, 120_000);

test('a process that is stopped ends its drill itself', async () => {
  // The one of the test before is lost already.
  await services.db.pool.query("UPDATE processes SET last_seen = 'epoch'");
  const only = await startProcess();
  await until('that is cleared away', async () => (await leftovers()).length === 0);
  const id = await begin();
  await see(id, 'it runs', ({ state }) => state === 'running');
  only.kill('SIGTERM');
  await once(only, 'exit');
  expect(await readDrill(services, id)).toMatchObject({
    state: 'aborted',
    endReason: 'Aborted by a restart: the process that played it was stopped.',
  });
  expect(await leftovers()).toEqual([]);
}, 60_000);
