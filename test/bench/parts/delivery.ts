import { startApp } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { PartResult } from '../findings.ts';
import { startHelper } from '../helper-process.ts';
import { byTurns, median, medianRatio } from '../measures.ts';
import { countDeliveries, prepareEvents } from '../prepare-events.ts';
import type { BossSettings } from '../processes/boss-worker.ts';
import type { StubCounts } from '../processes/agent-stub.ts';
import { until } from '../../support/until.ts';

/** Of what pg-boss alone does with the same requests unordered, with batches of its worker's usual size and with large ones. */
const BOUND = 1.5;
const LARGE_BOUND = 1;
/** What waiting for overtaken messages may cost. */
const SETTLING_BOUND = 0.95;
const CONNECTIONS = 50;

/**
 * pg-boss with batches of its worker's usual size, and with the size at which it was fastest; of 25 to 1,000 jobs a fetch
 * and 1 to 6 fetchers the best on this kind of machine. The large batches are reported only: one slow
 * answer there holds up the completion of 500 jobs.
 */
const BOSS = {
  usual: { batchSize: 50, localConcurrency: 5 },
  large: { batchSize: 500, localConcurrency: 2 },
};

/**
 * A backlog is drained to the same stub over the same number of connections: by the app's worker in order per conversation
 * with every attempt recorded, by pg-boss in no order, and by a loop that only POSTs. The clock runs from the first request
 * until the last result is on record.
 */
export async function benchDelivery({ quick }: { quick: boolean }): Promise<PartResult> {
  const rounds = quick ? 2 : 7;
  const count = quick ? 6000 : 20_000;
  const conversations = count / 5;
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const counterpart = await server.create('counterpart');
    const stub = await startHelper('agent-stub');
    later(stub.stop);
    const bare = await startHelper('bare-sender');
    later(bare.stop);
    const agentUrl = await stub.call<string>('url');
    const openBoss = async (queue: keyof typeof BOSS) => {
      const boss = await startHelper('boss-worker');
      later(boss.stop);
      const settings: BossSettings = {
        url: counterpart.url,
        queue,
        agentUrl,
        connections: CONNECTIONS,
        ...BOSS[queue],
      };
      await boss.call('open', settings);
      later(() => boss.call('close'));
      return boss;
    };
    const bosses = { usual: await openBoss('usual'), large: await openBoss('large') };
    const app = await startApp(server, {
      role: 'worker',
      agentUrl,
      env: { WEBHOOK_CONCURRENCY: String(CONNECTIONS) },
    });
    later(app.stop);
    // The same with DELIVERY_SETTLE_MS switched off, on a database of its own: two workers would share one.
    const other = await server.create('unsettled');
    const unsettled = { ...server, ...other, dataDir: `${server.dataDir}-unsettled` };
    const unsettledApp = await startApp(unsettled, {
      role: 'worker',
      agentUrl,
      env: { WEBHOOK_CONCURRENCY: String(CONNECTIONS), DELIVERY_SETTLE_MS: '0' },
    });
    later(unsettledApp.stop);
    let outOfOrder = 0;
    let sentTwice = 0;
    let jobs = 0;

    /** @returns deliveries a second */
    async function drain(
      n: number,
      fill: () => Promise<void>,
      rest: () => Promise<number>,
    ): Promise<{ rate: number; counts: StubCounts }> {
      await stub.call('reset');
      await fill();
      const { firstAt } = await stub.call<StubCounts>('reached', n);
      await until('the last result is on record', async () => (await rest()) === 0, 120_000);
      const endedAt = performance.timeOrigin + performance.now();
      return { rate: (n / (endedAt - firstAt)) * 1000, counts: await stub.call<StubCounts>('counts') };
    }
    async function drainApp(n: number, { pool } = server) {
      const { rate, counts } = await drain(
        n,
        () => prepareEvents(pool, { count: n, conversations, state: 'pending' }),
        () => countDeliveries(pool, 'pending'),
      );
      outOfOrder += counts.outOfOrder;
      sentTwice += counts.requests - n;
      return rate;
    }
    async function drainBoss(queue: keyof typeof BOSS, n: number) {
      const { rate } = await drain(
        n,
        async () => {
          await bosses[queue].call('insert', { url: counterpart.url, count: n, from: jobs, conversations });
          jobs += n;
        },
        async () => {
          const { rows } = await counterpart.pool.query<{ n: number }>(
            "SELECT count(*) AS n FROM pgboss.job WHERE name = $1 AND state < 'completed'",
            [queue],
          );
          return rows[0]!.n;
        },
      );
      return rate;
    }
    async function runBare(n: number) {
      const ms = await bare.call<number>('run', {
        agentUrl,
        connections: CONNECTIONS,
        count: n,
        conversations,
      });
      return (n / ms) * 1000;
    }

    const warm = quick ? 2000 : 8000;
    await drainApp(warm);
    await drainApp(warm, unsettled);
    await drainBoss('usual', warm);
    await drainBoss('large', warm);
    await runBare(warm);
    const figures = await byTurns(rounds, {
      app: () => server.settle().then(() => drainApp(count)),
      unsettled: () => server.settle().then(() => drainApp(count, unsettled)),
      boss: () => server.settle().then(() => drainBoss('usual', count)),
      bossLarge: () => server.settle().then(() => drainBoss('large', count)),
      bare: () => runBare(count),
    });
    const attempts = await server.pool.query<{ missing: number }>(
      `SELECT count(*) AS missing FROM deliveries d WHERE NOT EXISTS (SELECT 1 FROM attempts a WHERE a.seq = d.seq AND a.outcome = 'ok')`,
    );
    const part = 'delivery';
    return {
      findings: [
        {
          part,
          what: 'in order, every attempt recorded, default settle',
          value: median(figures.app),
          unit: '/s',
        },
        { part, what: 'the same with DELIVERY_SETTLE_MS=0', value: median(figures.unsettled), unit: '/s' },
        {
          part,
          what: 'ratio of the two, median of the rounds’ own',
          value: medianRatio(figures.app, figures.unsettled),
          unit: '×',
          bound: { atLeast: SETTLING_BOUND },
        },
        { part, what: 'pg-boss alone, unordered', value: median(figures.boss), unit: '/s' },
        { part, what: 'pg-boss alone, batches of 500', value: median(figures.bossLarge), unit: '/s' },
        { part, what: 'bare undici loop', value: median(figures.bare), unit: '/s' },
        {
          part,
          what: 'ratio to pg-boss',
          value: medianRatio(figures.app, figures.boss),
          unit: '×',
          bound: { atLeast: BOUND },
        },
        {
          part,
          what: 'ratio to its batches of 500',
          value: medianRatio(figures.app, figures.bossLarge),
          unit: '×',
          bound: { atLeast: LARGE_BOUND },
        },
        { part, what: 'ratio to the bare loop', value: medianRatio(figures.app, figures.bare), unit: '×' },
        { part, what: 'out of order', value: outOfOrder, unit: '', bound: { atMost: 0 } },
        { part, what: 'sent more than once', value: sentTwice, unit: '', bound: { atMost: 0 } },
        {
          part,
          what: 'without an attempt on record',
          value: attempts.rows[0]!.missing,
          unit: '',
          bound: { atMost: 0 },
        },
        { part, what: 'memory of the worker', value: await app.peakMemory(), unit: 'MB' },
      ],
      raw: { perSecond: figures, events: count, conversations, connections: CONNECTIONS, pgBoss: BOSS },
    };
  });
}
