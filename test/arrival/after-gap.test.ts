import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { startWorker } from '../../app/worker/start-worker.server.ts';
import { until } from '../support/until.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

interface Arrived {
  id: number;
  fetchedAt: string | undefined;
}

let world: ComparisonWorld;
let agent: AgentService;
let arrived: Arrived[];
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  agent = await startAgent();
  arrived = [];
  stops = [];
  agent.setBehaviour(({ body, headers }) => {
    const { event, id } = JSON.parse(body.toString('utf8')) as { event: string; id: number };
    if (event === 'message_created') arrived.push({ id, fetchedAt: headers['x-webhook-fetched-at'] });
    return undefined;
  });
  world = await createComparisonWorld({ AGENT_SDK_URL: agent.url, DELIVERY_SETTLE_MS: '0' });
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await world.close();
  await agent.stop();
});

/** The app comes up: what it did not hear until now is a gap of its own. */
function startApp() {
  const heartbeat = startHeartbeat(world.services, () => undefined);
  const worker = startWorker(world.services);
  stops.push(
    () => worker.stop(),
    () => heartbeat.stop(),
  );
}

const ids = () => arrived.map(({ id }) => id);
const allArrived = (n: number) => until(`${n} messages have arrived`, () => arrived.length >= n, 40_000);

test('a header says that a message was fetched, and when; one that came by webhook has none', async () => {
  const talk = world.begins();
  await world.settled();
  const before = Date.now();
  await world.losing(() => void world.says(talk));
  startApp();
  await allArrived(2);
  const [live, fetched] = arrived;
  expect(live!.fetchedAt).toBeUndefined();
  expect(fetched!.fetchedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Date.parse(fetched!.fetchedAt!)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(fetched!.fetchedAt!)).toBeLessThanOrEqual(Date.now() + 1000);
  const { rows } = await world.services.db.pool.query<{ received_at: Date }>(
    `SELECT received_at FROM webhook_events WHERE source = 'reconciled'`,
  );
  expect(rows.map((row) => row.received_at.toISOString())).toEqual([fetched!.fetchedAt]);
});
