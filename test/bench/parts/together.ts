import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { Finding, PartResult } from '../findings.ts';
import { byTurns, median, medianRatio } from '../measures.ts';
import { startRedis } from '../redis.ts';
import { at20, atHalfRate } from './together/latencies.ts';
import { openSides } from './together/sides.ts';

const OF_BULLMQ = 1;
const OF_PLAIN = 0.55;
const OF_UNSETTLED = 0.95;
const OF_PLAIN_P99 = 3;
const LATENCY_MS = 15;
const MEMORY_MB = 300;

/**
 * One process takes webhooks as fast as they come and delivers them at the same time, beside what can be had without it: plain
 * clients that only insert, BullMQ, pg-boss, and a loop that keeps nothing. The clock runs from the first webhook until the last
 * result is on record.
 */
export function benchTogether({ quick }: { quick: boolean }): Promise<PartResult> {
  const rounds = quick ? 2 : 5;
  const count = quick ? 5000 : 20_000;
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const redis = await startRedis();
    if (redis) later(redis.stop);
    const sides = await openSides(server, redis, later);

    const warm = quick ? 3000 : 10_000;
    const turns: Record<string, () => Promise<number>> = {
      app: () => sides.runApp(count),
      unsettled: () => sides.runUnsettled(count),
      plain: () => sides.runPlain(count),
      boss: () => sides.runRelay('pg-boss', count),
      bare: () => sides.runRelay('memory', count),
      ...(redis && { bullmq: () => sides.runRelay('bullmq', count) }),
    };
    await sides.runApp(warm);
    await sides.runUnsettled(warm);
    await sides.runPlain(warm);
    for (const kind of sides.relays) await sides.runRelay(kind, warm);
    const spent = sides.spending();
    const figures = (await byTurns(rounds, turns)) as Record<
      'app' | 'unsettled' | 'plain' | 'boss' | 'bare',
      number[]
    > &
      Record<'bullmq', number[] | undefined>;
    const { app, postgres, latencies } = spent();
    await server.settle();
    const rate = median(figures.app) / 2;
    const half = await atHalfRate(sides, rate, quick ? 3 : 10);
    const low = await at20(sides, quick ? 5 : 15);
    const found = await sides.check();

    const part = 'both at once';
    const ratio = (what: string, theirs: readonly number[], atLeast?: number): Finding => ({
      ...{ part, what, value: medianRatio(figures.app, theirs), unit: '×' },
      ...(atLeast !== undefined && { bound: { atLeast } }),
    });
    const none = (what: string, value: number): Finding => ({
      ...{ part, what, value, unit: '', bound: { atMost: 0 } },
    });
    const bullmq = figures.bullmq;
    const findings: Finding[] = [
      { part, what: 'taken and delivered in order, on record', value: median(figures.app), unit: '/s' },
      { part, what: 'the same with DELIVERY_SETTLE_MS=0', value: median(figures.unsettled), unit: '/s' },
      { part, what: 'plain clients, single-row inserts', value: median(figures.plain), unit: '/s' },
      { part, what: 'pg-boss, unordered', value: median(figures.boss), unit: '/s' },
      { part, what: 'bare loop, nothing kept', value: median(figures.bare), unit: '/s' },
      ...(bullmq
        ? [
            { part, what: 'BullMQ, appendfsync always', value: median(bullmq), unit: '/s' as const },
            ratio('ratio to BullMQ', bullmq, OF_BULLMQ),
          ]
        : [{ part, what: 'BullMQ left out: no redis-server', value: Number.NaN, unit: '' as const }]),
      ratio('ratio to the plain clients', figures.plain, OF_PLAIN),
      ratio('ratio to pg-boss', figures.boss),
      ratio('ratio to the bare loop', figures.bare),
      ratio('ratio of settling to not settling', figures.unsettled, OF_UNSETTLED),
      { part, what: 'CPU of the app, an event', value: app, unit: 'µs' },
      { part, what: 'CPU of PostgreSQL, an event', value: postgres, unit: 'µs' },
      { part, what: 'p50 of a webhook', value: latencies.p50, unit: 'ms' },
      { part, what: 'p99 of a webhook', value: latencies.p99, unit: 'ms' },
      { part, what: `p50 at half that rate (${Math.round(rate)}/s)`, value: half.p50, unit: 'ms' },
      { part, what: 'p99 at half that rate', value: half.p99, unit: 'ms' },
      { part, what: 'p99 of the plain clients at that rate', value: half.plainP99, unit: 'ms' },
      {
        ...{ part, what: 'ratio of the two', value: half.p99 / half.plainP99, unit: '×' },
        bound: { atMost: OF_PLAIN_P99 },
      },
      {
        ...{ part, what: 'receipt → service at 20/s, p50, settle 0', value: low.p50, unit: 'ms' },
        bound: { atMost: LATENCY_MS },
      },
      { part, what: 'the same, p99', value: low.p99, unit: 'ms' },
      {
        ...{ part, what: 'with the default settle, less it, p50', value: low.settled, unit: 'ms' },
        bound: { atMost: LATENCY_MS },
      },
      none('webhooks not answered with 200', found.refused),
      none('lost', found.lost),
      none('sent twice', found.twice),
      none('out of order', found.outOfOrder),
      none('without an attempt on record', found.unrecorded),
      {
        ...{ part, what: 'memory of the process', value: found.memory, unit: 'MB' },
        bound: { atMost: MEMORY_MB },
      },
    ];
    return { findings, raw: { perSecond: figures, webhooks: count, half, low } };
  });
}
