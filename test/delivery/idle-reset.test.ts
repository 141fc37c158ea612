import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { tickAlerts } from '../../app/features/alerts/evaluate-alerts.server.ts';
import { until } from '../support/until.ts';
import { createWorld } from '../support/world.ts';

let stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  stops = [];
});

/** An Agent service whose proxy forgets idle connections: the next request on one is met by a reset. */
async function startForgetful() {
  const accepted: string[] = [];
  let resets = 0;
  const server = createServer((request, response) => {
    const { socket } = request;
    if (request.method !== 'POST') return void response.end('{}');
    request.resume().once('end', () => {
      accepted.push(String(request.headers['webhook-id']));
      response.end('{}');
      socket.removeAllListeners('data');
      socket.once('data', () => {
        resets += 1;
        socket.resetAndDestroy();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted,
    resets: () => resets,
  };
}

test('an Agent service that resets idle connections as we send costs no attempt, no count of the breaker and no incident', async () => {
  const agent = await startForgetful();
  // One failure would open the breaker.
  const world = await createWorld({
    AGENT_SDK_URL: agent.url,
    DELIVERY_SETTLE_MS: '0',
    BREAKER_FAILURES_IN_ROW: '1',
    WEBHOOK_TIMEOUT_MS: '10000',
  });
  stops.push(() => world.close());
  await world.startWorker();
  for (let message = 1; message <= 12; message++) {
    await world.write({ conversation: message, message });
    await until(`message ${message} is delivered`, async () => (await world.states()).delivered === message);
  }
  expect(agent.resets()).toBeGreaterThanOrEqual(5);
  expect(new Set(agent.accepted).size).toBe(12);
  expect(agent.accepted).toHaveLength(12);
  const { pool } = world.services.db;
  const attempts = await pool.query<{ number: number; outcome: string }>(
    'SELECT seq, number, outcome FROM attempts ORDER BY seq',
  );
  expect(attempts.rows.map(({ number, outcome }) => [number, outcome])).toEqual(
    Array.from({ length: 12 }, () => [1, 'ok']),
  );
  const breaker = await pool.query(
    `SELECT state, consecutive_failures AS failures, opened_at FROM breakers WHERE name = 'agent'`,
  );
  expect(breaker.rows).toEqual([{ state: 'closed', failures: 0, opened_at: null }]);
  await tickAlerts(world.services, new Date());
  expect((await pool.query('SELECT FROM incidents')).rowCount).toBe(0);
});
