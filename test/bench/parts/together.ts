import { startApp } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { PartResult } from '../findings.ts';
import { startHelper } from '../helper-process.ts';
import { quantile } from '../measures.ts';
import { countDeliveries } from '../prepare-events.ts';
import type { StubCounts } from '../processes/agent-stub.ts';
import type { LoadResult } from '../processes/webhook-load.ts';
import { until } from '../../support/until.ts';

const CONNECTIONS = 32;
const SECRET = 'bench-secret';

/** One process takes webhooks as fast as they come and delivers them at the same time. */
export function benchTogether({ quick }: { quick: boolean }): Promise<PartResult> {
  const count = quick ? 6000 : 50_000;
  const conversations = count / 10;
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

    async function run(n: number) {
      await load.call('prepare', { count: n, secret: SECRET, conversations });
      await stub.call('reset');
      const startedAt = performance.now();
      const result = await load.call<LoadResult>('run', { port, connections: CONNECTIONS, rate: null });
      const meanwhile = await stub.call<StubCounts>('counts');
      await until(
        'all is delivered',
        async () => (await countDeliveries(server.pool, 'delivered')) === result.accepted + before,
        120_000,
      );
      const allMs = performance.now() - startedAt;
      before += result.accepted;
      return { result, meanwhile, allMs, counts: await stub.call<StubCounts>('counts') };
    }
    let before = 0;
    await run(quick ? 2000 : 8000);
    const { result, meanwhile, allMs, counts } = await run(count);
    const part = 'both at once';
    return {
      findings: [
        { part, what: 'webhooks taken', value: (count / result.ms) * 1000, unit: '/s' },
        { part, what: 'delivered meanwhile', value: (meanwhile.requests / result.ms) * 1000, unit: '/s' },
        { part, what: 'taken and delivered, all in all', value: (count / allMs) * 1000, unit: '/s' },
        { part, what: 'p99 of a webhook', value: quantile(result.latencies, 0.99), unit: 'ms' },
        { part, what: 'webhooks not answered with 200', value: result.other, unit: '', bound: { atMost: 0 } },
        {
          part,
          what: 'sent more than once',
          value: counts.requests - result.accepted,
          unit: '',
          bound: { atMost: 0 },
        },
        { part, what: 'memory of the process', value: await app.peakMemory(), unit: 'MB' },
      ],
      raw: {
        webhooks: count,
        conversations,
        intakeMs: result.ms,
        deliveredMeanwhile: meanwhile.requests,
        allMs,
      },
    };
  });
}
