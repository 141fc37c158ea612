import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { claimTick, runHealthTick } from '../../app/features/health/run-health-tick.server.ts';
import { type HttpServer, startHttpServer } from '../../app/sandbox/sandbox-server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { emptied } from '../support/empty-tables.ts';

const NOW = new Date('2026-03-02T05:00:00Z');

let one: TestServices;
let other: TestServices;
/** What the checks ask: answers, unless it is told to wait. */
let target: HttpServer;
let asked = 0;
let waiting: PromiseWithResolvers<void> | null = null;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  target = await startHttpServer(async (_request, response) => {
    asked += 1;
    await waiting?.promise;
    response.end('{}');
  });
  const settings = { HEALTH_TARGETS: `Files=${target.url}`, HEALTH_CHECK_INTERVAL: '100ms' };
  one = await createTestServices(settings);
  other = await createTestServices({ ...settings, DATABASE_URL: one.databaseUrl });
});
afterAll(async () => {
  await other.close();
  await one.close();
  await target.shut();
});
beforeEach(async () => {
  asked = 0;
  await one.db.pool.query(
    `${emptied('probe_results, component_days, health_components, dashboard_facts, processes')};
     UPDATE health_clock SET tick = 1, due_at = 'epoch', owner = NULL, claimed_at = NULL`,
  );
});
afterEach(() => {
  waiting?.resolve();
  waiting = null;
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

const isAlive = (services: TestServices, lastSeen = 'now()') =>
  one.db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'all', 'here', 1, now(), ${lastSeen})
     ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen`,
    [services.processId],
  );
const ticks = async () => {
  const facts = await one.db.prisma.dashboardFact.findMany({
    where: { factType: 'support.health.check' },
    orderBy: { id: 'asc' },
  });
  return facts.map(({ metadata }) => (metadata as { tick: number }).tick);
};

test('of many processes that look at once, one makes the tick', async () => {
  await isAlive(one);
  await isAlive(other);
  const outcomes = await Promise.all(
    [one, other, one, other, one, other].map((services) => runHealthTick(services, { now: NOW })),
  );
  // The owner itself may have begun it twice: what is recorded is recorded once.
  expect(outcomes.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
  expect(await ticks()).toEqual([1]);
  expect(await one.db.prisma.probeResult.count()).toBe(2);
});

test('a tick is its owner’s while that lives, and is made again when it is gone; whoever comes back records nothing', async () => {
  await isAlive(one);
  waiting = Promise.withResolvers();
  const slow = runHealthTick(one, { now: NOW });
  await until('it is being made', () => asked === 1);
  expect(await runHealthTick(other, { now: NOW })).toEqual({ outcome: 'not_due' });

  await isAlive(one, "now() - interval '9 seconds'");
  const again = runHealthTick(other, { now: NOW });
  await until('the other one makes it', () => asked === 2);
  waiting.resolve();
  expect([(await slow).outcome, (await again).outcome].sort()).toEqual(['done', 'lost']);
  expect(await ticks()).toEqual([1]);
  expect(await one.db.prisma.componentDay.findFirst({ where: { component: 'target:Files' } })).toMatchObject({
    ok: 1,
  });
});

test('a claim that was never recorded is nobody’s after its process is gone', async () => {
  await isAlive(one, "now() - interval '9 seconds'");
  expect(await claimTick(one.db.pool, one.processId, NOW)).toMatchObject({ tick: 1 });
  expect(await runHealthTick(other, { now: NOW })).toMatchObject({ outcome: 'done', tick: 1 });
});

test('kill -9 of the process that makes the checks: another goes on, no tick lost, none twice', async () => {
  const owners = new Map<string, ChildProcess>();
  for (let n = 0; n < 2; n++) {
    const child = fork(path.join(import.meta.dirname, 'health-process.ts'), {
      env: {
        NODE_ENV: 'test',
        PATH: process.env.PATH,
        DATABASE_URL: one.databaseUrl,
        DATA_DIR: one.dataDir,
        HEALTH_TARGETS: `Files=${target.url}`,
        HEALTH_CHECK_INTERVAL: '100ms',
        HEALTH_CONFIRM_INTERVAL: '100ms',
        HEALTH_TIMEOUT: '30s',
      },
    });
    children.add(child);
    const [id] = (await once(child, 'message')) as [string];
    owners.set(id, child);
  }
  await until('a few checks are on record', async () => (await ticks()).length >= 3);

  waiting = Promise.withResolvers();
  const before = asked;
  await until('one is being made', () => asked > before);
  const { rows } = await one.db.pool.query<{ owner: string }>('SELECT owner FROM health_clock');
  owners.get(rows[0]!.owner)!.kill('SIGKILL');
  const made = (await ticks()).length;
  waiting.resolve();
  waiting = null;
  await until('the other process goes on', async () => (await ticks()).length >= made + 3, 30_000);
  const all = await ticks();
  expect(all).toEqual(all.map((_, index) => index + 1));
}, 60_000);
