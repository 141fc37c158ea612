import { startApp } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { PartResult } from '../findings.ts';
import { startHelper } from '../helper-process.ts';
import { byTurns, median, medianRatio, quantile } from '../measures.ts';
import type { InsertResult } from '../processes/insert-load.ts';
import type { LoadResult } from '../processes/webhook-load.ts';

/** Of what plain clients insert row by row. */
const RATIO = 0.8;
/** At half of the rate that intake reached, ms. */
const P99_MS = 25;
const MEMORY_MB = 300;
const CONNECTIONS = 32;
const CONVERSATIONS = 5000;
const SECRET = 'bench-secret';

/**
 * Signed webhooks of 2 KB to the app over 32 connections, each answered after its durable commit, against 32 plain
 * clients that insert the same bytes row by row on the same server.
 */
export function benchIntake({ quick }: { quick: boolean }): Promise<PartResult> {
  const rounds = quick ? 2 : 7;
  const count = quick ? 5000 : 25_000;
  const steadySeconds = quick ? 3 : 15;
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const counterpart = await server.create('counterpart');
    const load = await startHelper('webhook-load');
    later(load.stop);
    const plain = await startHelper('insert-load');
    later(plain.stop);
    await plain.call('open', { url: counterpart.url, connections: CONNECTIONS });
    later(() => plain.call('close'));
    const app = await startApp(server, {
      role: 'web',
      agentUrl: 'http://127.0.0.1:9',
      env: { CHATWOOT_WEBHOOK_SECRET: SECRET },
    });
    later(app.stop);
    const port = Number(new URL(app.url).port);
    let accepted = 0;
    let refused = 0;

    async function post(n: number, rate: number | null): Promise<LoadResult> {
      await load.call('prepare', { count: n, secret: SECRET, conversations: CONVERSATIONS });
      const result = await load.call<LoadResult>('run', { port, connections: CONNECTIONS, rate });
      accepted += result.accepted;
      refused += result.other;
      return result;
    }
    async function runApp(n: number) {
      const { ms } = await post(n, null);
      return (n / ms) * 1000;
    }
    async function runPlain(n: number) {
      await plain.call('prepare', { count: n, conversations: CONVERSATIONS });
      return (n / (await plain.call<InsertResult>('run', { rate: null })).ms) * 1000;
    }

    // V8 goes on compiling for tens of thousands of requests: seconds of a process that runs for weeks.
    for (const warmUp of [runApp, runPlain]) await warmUp(quick ? 5000 : 50_000);
    const figures = await byTurns(rounds, {
      app: async () => {
        await server.settle();
        return runApp(count);
      },
      plain: async () => {
        await server.settle();
        return runPlain(count);
      },
    });
    await server.settle();
    const half = median(figures.app) / 2;
    const steady = await post(Math.round(half * steadySeconds), half);
    const stored = await server.pool.query<{ n: number }>('SELECT count(*) AS n FROM webhook_events');
    const part = 'intake';
    return {
      findings: [
        {
          part,
          what: 'signed webhooks of 2 KB, durable, 32 connections',
          value: median(figures.app),
          unit: '/s',
        },
        {
          part,
          what: 'plain clients, single-row inserts, 32 connections',
          value: median(figures.plain),
          unit: '/s',
        },
        {
          part,
          what: 'ratio to the plain clients',
          value: medianRatio(figures.app, figures.plain),
          unit: '×',
          bound: { atLeast: RATIO },
        },
        {
          part,
          what: `p50 at half that load (${Math.round(half)}/s)`,
          value: quantile(steady.latencies, 0.5),
          unit: 'ms',
        },
        {
          part,
          what: 'p99 at half that load',
          value: quantile(steady.latencies, 0.99),
          unit: 'ms',
          bound: { atMost: P99_MS },
        },
        {
          part,
          what: 'memory of the process',
          value: await app.peakMemory(),
          unit: 'MB',
          bound: { atMost: MEMORY_MB },
        },
        { part, what: 'webhooks not answered with 200', value: refused, unit: '', bound: { atMost: 0 } },
        {
          part,
          what: 'acknowledged but not stored',
          value: accepted - stored.rows[0]!.n,
          unit: '',
          bound: { atMost: 0 },
        },
      ],
      raw: {
        perSecond: figures,
        requests: count,
        connections: CONNECTIONS,
        atHalfLoad: {
          rate: half,
          requests: steady.latencies.length,
          p50: quantile(steady.latencies, 0.5),
          p95: quantile(steady.latencies, 0.95),
          p99: quantile(steady.latencies, 0.99),
          max: quantile(steady.latencies, 1),
        },
      },
    };
  });
}
