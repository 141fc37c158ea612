import { until } from '../../support/until.ts';
import { startApp } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { PartResult } from '../findings.ts';
import { startHelper } from '../helper-process.ts';
import { countDeliveries, prepareEvents } from '../prepare-events.ts';

const COOLDOWN_MS = 1000;

/** An outage holds everything; the clock runs from the breaker's closing until the last held event is delivered. */
export function benchHeld({ quick }: { quick: boolean }): Promise<PartResult> {
  const count = quick ? 2000 : 10_000;
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const stub = await startHelper('agent-stub');
    later(stub.stop);
    await stub.call('answer', 503);
    const app = await startApp(server, {
      role: 'worker',
      agentUrl: await stub.call<string>('url'),
      env: { BREAKER_COOLDOWN_MS: String(COOLDOWN_MS), BREAKER_COOLDOWN_MAX_MS: String(COOLDOWN_MS) },
    });
    later(app.stop);
    await prepareEvents(server.pool, { count, conversations: count / 5, state: 'pending' });
    const breaker = async (state: string) =>
      (await server.pool.query("SELECT 1 FROM breakers WHERE name = 'agent' AND state = $1", [state]))
        .rowCount;
    await until('the breaker opens', () => breaker('open'));
    await server.settle();
    const held = await countDeliveries(server.pool, 'pending');

    await stub.call('answer', 200);
    await until('the breaker closes', () => breaker('closed'));
    await until(
      'nothing is pending',
      async () => (await countDeliveries(server.pool, 'pending')) === 0,
      120_000,
    );
    const { rows } = await server.pool.query<{ ms: number; delivered: number }>(
      `SELECT (extract(epoch FROM (SELECT max(finished_at) FROM deliveries) - closed_at) * 1000)::float8 AS ms,
         (SELECT count(*) FROM deliveries WHERE state = 'delivered') AS delivered
       FROM breakers WHERE name = 'agent'`,
    );
    const { ms, delivered } = rows[0]!;
    const part = 'held';
    const total = held.toLocaleString('en-US');
    return {
      findings: [
        { part, what: `${total} held, from the breaker's closing to the last`, value: ms / 1000, unit: 's' },
        { part, what: 'not delivered', value: count - delivered, unit: '', bound: { atMost: 0 } },
      ],
      raw: { held, drainMs: ms },
    };
  });
}
