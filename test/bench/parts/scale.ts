import { until } from '../../support/until.ts';
import { startApp, type AppProcess } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer, type BenchServer } from '../database.ts';
import type { Finding, PartResult } from '../findings.ts';
import { startHelper, type HelperProcess } from '../helper-process.ts';
import { byTurns, median, medianRatio } from '../measures.ts';
import { countDeliveries } from '../prepare-events.ts';
import type { LoadResult } from '../processes/webhook-load.ts';

const SECRET = 'bench-scale-secret';
const CONNECTIONS = 32;
/** Between the numbers of the messages of two loads. */
const APART = 100_000_000;
const LONGEST_MS = 300_000;
const SETUPS = {
  'one process, ROLE=all': ['all'],
  'web and worker': ['web', 'worker'],
  'two webs, two workers': ['web', 'web', 'worker', 'worker'],
} as const;
/** Beside one process. */
const AT_LEAST: Record<string, number> = { 'web and worker': 1.3, 'two webs, two workers': 1.5 };

type Name = keyof typeof SETUPS;
interface Setup {
  apps: { role: string; app: AppProcess }[];
  cpu: { web: number; worker: number; all: number; postgres: number; events: number };
}

/**
 * The same load on one, two and four processes over one database, each setup with a database of its own on one server, by turns.
 * The clock runs from the first webhook until the last result is on record.
 */
export function benchScale({ quick }: { quick: boolean }): Promise<PartResult> {
  const rounds = quick ? 2 : 5;
  const count = quick ? 4000 : 20_000;
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const stub = await startHelper('agent-stub');
    later(stub.stop);
    const loads = [await startHelper('webhook-load'), await startHelper('webhook-load')];
    for (const load of loads) later(load.stop);
    const agentUrl = await stub.call<string>('url');
    let refused = 0;

    let made = 0;
    let sent = 0;
    /** Processes live for one round only, or those that rest would be at work too. */
    async function run(name: Name, into: Setup['cpu']): Promise<number> {
      const database = await server.create(`scale_${(made += 1)}`);
      const apps: Setup['apps'] = [];
      try {
        for (const [n, role] of SETUPS[name].entries()) {
          const at = { ...database, dataDir: `${server.dataDir}-${made}-${n}` };
          const env = { CHATWOOT_WEBHOOK_SECRET: SECRET, DATABASE_POOL_MAX: '14' };
          apps.push({ role, app: await startApp(at, { role, agentUrl, env }) });
        }
        await send(apps, Math.ceil(count / 5), database);
        await server.settle();
        const before = await spent(apps, server);
        const rate = await send(apps, count, database);
        const after = await spent(apps, server);
        for (const who of ['web', 'worker', 'all', 'postgres'] as const)
          into[who] += after[who] - before[who];
        into.events += count;
        return rate;
      } finally {
        for (const { app } of apps) await app.stop();
      }
    }

    async function send(
      apps: Setup['apps'],
      n: number,
      { pool }: Pick<BenchServer, 'pool'>,
    ): Promise<number> {
      const webs = apps.filter(({ role }) => role !== 'worker');
      const before = await countDeliveries(pool, 'delivered');
      const each = Math.floor(n / webs.length);
      const used: HelperProcess[] = loads.slice(0, webs.length);
      await Promise.all(
        used.map((load, i) =>
          load.call('prepare', {
            count: each,
            secret: SECRET,
            conversations: Math.ceil(each / 10),
            from: (sent += each) + i * APART,
          }),
        ),
      );
      await stub.call('reset');
      const from = performance.now();
      const results = await Promise.all(
        used.map((load, i) =>
          load.call<LoadResult>('run', {
            port: Number(new URL(webs[i]!.app.url).port),
            connections: CONNECTIONS / webs.length,
            rate: null,
          }),
        ),
      );
      refused += results.reduce((sum, { other }) => sum + other, 0);
      await until(
        'all is on record',
        async () => (await countDeliveries(pool, 'delivered')) >= before + each * webs.length,
        LONGEST_MS,
      );
      return ((each * webs.length) / (performance.now() - from)) * 1000;
    }

    const names = Object.keys(SETUPS) as Name[];
    const cpu = Object.fromEntries(
      names.map((name) => [name, { web: 0, worker: 0, all: 0, postgres: 0, events: 0 }]),
    ) as Record<Name, Setup['cpu']>;
    const turns = Object.fromEntries(names.map((name) => [name, () => run(name, cpu[name])])) as Record<
      Name,
      () => Promise<number>
    >;
    const figures = await byTurns(rounds, turns);
    const part = 'scale';
    const findings = names.flatMap((name): Finding[] => {
      const { events, ...whose } = cpu[name];
      const [one] = names;
      return [
        { part, what: name, value: median(figures[name]), unit: '/s' },
        ...(name === one
          ? []
          : [
              {
                ...{ part, what: `${name} ÷ one`, value: medianRatio(figures[name], figures[one!]) },
                ...{ unit: '×' as const, bound: { atLeast: AT_LEAST[name]! } },
              },
            ]),
        ...Object.entries(whose)
          .filter(([, ms]) => ms > 0)
          .map(([who, ms]) => ({
            ...{ part, what: `CPU of ${who}, an event`, value: (ms / events) * 1000, unit: 'µs' as const },
          })),
      ];
    });
    findings.push({ part, what: 'not answered with 200', value: refused, unit: '', bound: { atMost: 0 } });
    return { findings, raw: { figures, cpu, count } };
  });
}

async function spent(apps: Setup['apps'], server: BenchServer) {
  const of = async (wanted: string) => {
    let sum = 0;
    for (const { role, app } of apps) if (role === wanted) sum += await app.cpu();
    return sum;
  };
  return {
    web: await of('web'),
    worker: await of('worker'),
    all: await of('all'),
    postgres: await server.cpu(),
  };
}
