import { setTimeout as delay } from 'node:timers/promises';
import { startApp } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { PartResult } from '../findings.ts';
import { startHelper } from '../helper-process.ts';
import { median } from '../measures.ts';
import { countDeliveries } from '../prepare-events.ts';
import type { LoadResult } from '../processes/webhook-load.ts';
import { until } from '../../support/until.ts';

const OUTAGE_MS = 20_000;
const HELD = 200;
const BOUND_S = 8;
const SECRET = 'bench-secret';

/**
 * The Agent service answers 503 for 20 s, in which 200 webhooks come. How long after it is back is the last of them delivered?
 * It depends on when it is probed: each round begins the outage at another moment of that.
 */
export function benchOutage({ quick }: { quick: boolean }): Promise<PartResult> {
  const rounds = quick ? 2 : 5;
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const stub = await startHelper('agent-stub');
    later(stub.stop);
    const load = await startHelper('webhook-load');
    later(load.stop);
    const app = await startApp(server, {
      role: 'all',
      agentUrl: await stub.call<string>('url'),
      env: { CHATWOOT_WEBHOOK_SECRET: SECRET },
    });
    later(app.stop);
    const port = Number(new URL(app.url).port);
    const seconds: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await load.call('prepare', { count: HELD, secret: SECRET, conversations: HELD / 2 });
      await stub.call('answer', 503);
      const backAt = performance.now() + OUTAGE_MS + (round * 5000) / rounds;
      // They come over ten seconds: the breaker opens with the first of them.
      await load.call<LoadResult>('run', { port, connections: 4, rate: HELD / 10 });
      await delay(backAt - performance.now());
      await stub.call('answer', 200);
      await until(
        'all is delivered',
        async () => (await countDeliveries(server.pool, 'pending')) === 0,
        120_000,
      );
      seconds.push((performance.now() - backAt) / 1000);
    }
    const part = 'outage of 20 s';
    return {
      findings: [
        { part, what: 'back → last of 200 held delivered, median', value: median(seconds), unit: 's' },
        {
          ...{ part, what: 'the same, slowest', value: Math.max(...seconds), unit: 's' },
          bound: { atMost: BOUND_S },
        },
      ],
      raw: { seconds },
    };
  });
}
