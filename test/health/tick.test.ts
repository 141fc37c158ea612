import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  checkNow,
  pruneProbeResults,
  runHealthTick,
} from '../../app/features/health/run-health-tick.server.ts';
import { readComponentHistory } from '../../app/features/health/read-component-history.server.ts';
import { readComponents } from '../../app/features/health/read-components.server.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startHttpServer } from '../../app/sandbox/sandbox-server.ts';
import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { emptied } from '../support/empty-tables.ts';

/** A story on a clock of its own: each tick is made at the minute that the story says. */
const START = Date.parse('2026-03-02T05:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000);

let chatwoot: Chatwoot;
let agent: AgentService;
let services: TestServices;
beforeAll(async () => {
  chatwoot = await startChatwoot();
  agent = await startAgent();
  services = await createTestServices({
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    AGENT_SDK_URL: agent.url,
    HEALTH_TIMEOUT: '2s',
  });
});
afterAll(async () => {
  await services.close();
  await chatwoot.stop();
  await agent.stop();
});
beforeEach(async () => {
  await services.db.pool.query(
    `${emptied('probe_results, component_days, health_components, dashboard_facts, alerts, incidents, drills CASCADE')};
     UPDATE health_clock SET tick = 1, due_at = 'epoch', owner = NULL, claimed_at = NULL`,
  );
});
afterEach(async () => {
  await chatwoot.setMode('ok');
  await agent.setMode('ok');
});

const tick = (seconds: number) => runHealthTick(services, { now: at(seconds) });
const dueIn = async (seconds: number) => {
  const { dueAt } = await services.db.prisma.healthClock.findFirstOrThrow();
  return (dueAt.getTime() - at(seconds).getTime()) / 1000;
};
const component = async (name: string, seconds: number) =>
  (await readComponents(services, at(seconds))).find((one) => one.name === name)!;

describe('a health tick', () => {
  test('records each probe with its stages, the components, the day and one fact, once', async () => {
    expect(await tick(0)).toMatchObject({ outcome: 'done', tick: 1, heartbeat: 'none' });
    expect(await tick(0)).toEqual({ outcome: 'not_due' });

    const results = await services.db.prisma.probeResult.findMany({ orderBy: { id: 'asc' } });
    expect(results.map(({ probe, outcome, status }) => [probe, outcome, status])).toEqual([
      ['chatwoot.live', 'ok', 200],
      ['chatwoot.api', 'ok', 200],
      ['chatwoot.auth', 'ok', 200],
      ['agent', 'ok', 200],
      ['database', 'ok', null],
    ]);
    // The sandbox, like Chatwoot since 4.11, has no /rails/health.
    expect(results[0]).toMatchObject({ target: `${chatwoot.url}/health`, at: at(0) });
    expect(results[0]!.tcpMs).toBeGreaterThan(0);
    expect(results[0]!.tlsMs).toBeNull();

    const components = await readComponents(services, at(1));
    expect(components.map(({ name, state, stale }) => [name, state, stale])).toEqual([
      ['chatwoot', 'up', false],
      ['agent', 'up', false],
      ['database', 'up', false],
    ]);
    expect(components[0]!.detail).toMatch(/^200 in \d+ ms at \/health$/);
    const [history] = await readComponentHistory(services, { range: 24, now: at(1) });
    expect(history).toMatchObject({ name: 'chatwoot' });
    expect(history!.days).toHaveLength(90);
    expect(history!.days[89]).toEqual({ day: '2026-03-02', ok: 1, failed: 0, inconclusive: 0 });
    expect(history!.days[0]).toEqual({ day: '2025-12-03', ok: 0, failed: 0, inconclusive: 0 });
    expect(history!.latency).toEqual([{ at: at(0).toISOString(), ms: expect.any(Number) as number }]);
    expect(history!.probes.map(({ probe }) => probe)).toEqual([
      'chatwoot.live',
      'chatwoot.api',
      'chatwoot.auth',
    ]);

    const facts = await services.db.prisma.dashboardFact.findMany({
      where: { factType: 'support.health.check' },
    });
    expect(facts).toHaveLength(1);
    expect(facts[0]!.value).toMatchObject({ ok: true, components: { chatwoot: 'up', agent: 'up' } });
    expect(
      JSON.stringify([results.map(({ detail, target }) => [detail, target]), facts[0]!.value]),
    ).not.toContain(chatwoot.apiToken);
  });

  test('comes every 5 minutes, 30 s after a first failure, and so until Chatwoot is surely back', async () => {
    for (const seconds of [0, 30, 60]) await tick(seconds);
    expect(await dueIn(60)).toBe(300);

    await chatwoot.setMode('status', { status: 503 });
    await tick(360);
    expect(await component('chatwoot', 361)).toMatchObject({
      state: 'down',
      failures: 1,
      firstFailedAt: at(360).toISOString(),
      lastOkAt: at(60).toISOString(),
      latencyMs: null,
    });
    expect((await component('chatwoot', 361)).detail).toMatch(/^503 in \d+ ms at \/health$/);
    expect(await dueIn(360)).toBe(30);
    expect(await tick(389)).toEqual({ outcome: 'not_due' });

    await tick(390);
    expect(await component('chatwoot', 391)).toMatchObject({
      failures: 2,
      firstFailedAt: at(360).toISOString(),
    });
    const incident = await services.db.prisma.incident.findFirstOrThrow();
    expect(incident).toMatchObject({
      severity: 'P0',
      cause: 'chatwoot',
      startedAt: at(360),
      openedAt: at(390),
    });

    await chatwoot.setMode('ok');
    for (const [seconds, due] of [
      [420, 30],
      [450, 30],
      [480, 300],
    ] as const) {
      await tick(seconds);
      expect(await dueIn(seconds)).toBe(due);
    }
    expect(await component('chatwoot', 481)).toMatchObject({
      state: 'up',
      failures: 0,
      successes: 3,
      firstFailedAt: null,
    });
    const [history] = await readComponentHistory(services, { range: 1, now: at(481) });
    expect(history!.days[89]).toMatchObject({ ok: 6, failed: 2 });
    expect(history!.latency.filter(({ ms }) => ms === null).map((point) => point.at)).toEqual(
      [at(360), at(390)].map((date) => date.toISOString()),
    );
  });

  test('a refused token is no outage', async () => {
    const refused = {
      ...services,
      config: { ...services.config, connection: { ...services.config.connection!, apiToken: 'wrong' } },
    };
    await runHealthTick(refused, { now: at(0) });
    await runHealthTick(refused, { now: at(30) });
    expect(await component('chatwoot', 31)).toMatchObject({ state: 'degraded', failures: 0 });
    expect((await component('chatwoot', 31)).detail).toContain('CHATWOOT_API_TOKEN is refused');
    expect(await services.db.prisma.incident.count()).toBe(0);
  });

  test('nothing at all answers: inconclusive, and no outage of Chatwoot', async () => {
    await tick(0);
    await chatwoot.setMode('down');
    await agent.setMode('down');
    for (const seconds of [30, 60, 90]) await tick(seconds);
    expect(await component('chatwoot', 91)).toMatchObject({
      state: 'inconclusive',
      failures: 0,
      successes: 1,
    });
    expect(await component('agent', 91)).toMatchObject({ state: 'inconclusive' });
    expect(await component('database', 91)).toMatchObject({ state: 'up' });
    const incidents = await services.db.prisma.incident.findMany();
    expect(incidents.map(({ cause }) => cause)).toEqual(['network']);
    // As soon as one of them answers, the other one's silence is its own.
    await agent.setMode('ok');
    await tick(120);
    expect(await component('chatwoot', 121)).toMatchObject({
      state: 'down',
      failures: 1,
      firstFailedAt: at(120).toISOString(),
    });
  });

  test('what nobody has looked at for two intervals is unknown', async () => {
    await tick(0);
    expect(await component('chatwoot', 604)).toMatchObject({ state: 'up', stale: false });
    expect(await component('chatwoot', 605)).toMatchObject({ state: 'unknown', stale: true });
  });

  test('"check now" makes the next one due at once, also while one is being made', async () => {
    for (const seconds of [0, 30, 60]) await tick(seconds);
    await checkNow(services, { actor: person('Mara'), now: at(100) });
    expect(await tick(100)).toMatchObject({ outcome: 'done', tick: 4 });
    expect(
      await services.db.prisma.auditEntry.findFirst({ where: { action: 'health.check' } }),
    ).toMatchObject({
      actorName: 'Mara',
    });

    let asked: Promise<unknown> | undefined;
    const slow = await startHttpServer(async (_request, response) => {
      asked ??= checkNow(services, { actor: person('Mara'), now: at(401) });
      await asked;
      response.end('{}');
    });
    const config = { ...services.config, HEALTH_TARGETS: [{ name: 'Files', url: slow.url }] };
    expect(await runHealthTick({ ...services, config }, { now: at(400) })).toMatchObject({ outcome: 'done' });
    expect(await dueIn(401)).toBe(0);
    await slow.shut();
  });

  test('a drill runs faster by its speed', async () => {
    for (const seconds of [0, 30, 60]) await tick(seconds);
    await services.db.pool.query(
      `INSERT INTO drills (scenario, speed, notify, started_at, started_by) VALUES ('chatwoot_down', 60, 'simulated', $1, 'Mara')`,
      [at(300)],
    );
    await tick(360);
    expect(await dueIn(360)).toBe(5);
    await chatwoot.setMode('down');
    await tick(365);
    expect(await dueIn(365)).toBe(0.5);
  });

  test('a target that was taken out of the settings is no component any more', async () => {
    const config = {
      ...services.config,
      HEALTH_TARGETS: [{ name: 'Redis', url: chatwoot.url.replace('http', 'tcp') }],
    };
    await runHealthTick({ ...services, config }, { now: at(0) });
    expect(await component('target:Redis', 1)).toMatchObject({ state: 'up', label: 'Redis' });
    await tick(30);
    expect(await component('target:Redis', 31)).toBeUndefined();
  });

  test('results are pruned after 8 days, the days stay', async () => {
    await tick(0);
    const days = (n: number) => at(n * 24 * 3600);
    expect(await pruneProbeResults(services.db.pool, days(8))).toBe(0);
    expect(await pruneProbeResults(services.db.pool, new Date(days(8).getTime() + 1))).toBe(5);
    expect(await services.db.prisma.componentDay.count()).toBe(3);
  });
});

describe('the heartbeat', () => {
  test('tells the watcher after each evaluation; its failure changes nothing', async () => {
    let pings = 0;
    const watcher = await startHttpServer((_request, response) => {
      pings += 1;
      response.writeHead(pings === 1 ? 200 : 500).end();
    });
    const watched = { ...services, config: { ...services.config, HEARTBEAT_URL: `${watcher.url}/ping/key` } };
    expect(await runHealthTick(watched, { now: at(0) })).toMatchObject({ heartbeat: 'accepted' });
    expect(await runHealthTick(watched, { now: at(30) })).toMatchObject({
      outcome: 'done',
      heartbeat: 'failed',
    });
    await watcher.shut();
    expect(await runHealthTick(watched, { now: at(60) })).toMatchObject({
      outcome: 'done',
      heartbeat: 'failed',
    });
    expect(pings).toBe(2);
    expect(await services.db.prisma.healthClock.findFirst()).toMatchObject({ tick: 4n });
  });

  test('is silent when the evaluation fails, and the tick is made again', async () => {
    let pings = 0;
    const watcher = await startHttpServer((_request, response) => {
      pings += 1;
      response.end();
    });
    const watched = { ...services, config: { ...services.config, HEARTBEAT_URL: watcher.url } };
    await services.db.pool.query('ALTER TABLE alerts RENAME TO alerts_away');
    await expect(runHealthTick(watched, { now: at(0) })).rejects.toThrow();
    await services.db.pool.query('ALTER TABLE alerts_away RENAME TO alerts');
    expect(pings).toBe(0);
    expect(await services.db.prisma.probeResult.count()).toBe(0);
    expect(await runHealthTick(watched, { now: at(29) })).toEqual({ outcome: 'not_due' });
    expect(await runHealthTick(watched, { now: at(30) })).toMatchObject({
      outcome: 'done',
      tick: 1,
      heartbeat: 'accepted',
    });
    expect(pings).toBe(1);
    await watcher.shut();
  });
});
