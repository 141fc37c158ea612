import { setTimeout as delay } from 'node:timers/promises';
import { startChatwoot } from '../../../app/sandbox/chatwoot/chatwoot.ts';
import { runToEnd } from '../../support/app-process.ts';
import { addPerson, signInOver } from '../../support/sign-in.ts';
import { until } from '../../support/until.ts';
import { startApp } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { Finding, PartResult } from '../findings.ts';
import { startHelper } from '../helper-process.ts';
import { median, quantile } from '../measures.ts';
import { countDeliveries } from '../prepare-events.ts';
import type { LoadResult } from '../processes/webhook-load.ts';
import { takeSample, type Sample } from './soak/sample.ts';

const MEMORY_GROWTH = 1.05;
const LAG_MS = 50;
const BLOAT_GROWTH = 1.2;
/** Of customers of a simulated Chatwoot, who get answers: 3 to 5 webhooks each. */
const CUSTOMERS_PER_MINUTE = 120;
const THEIR_WEBHOOKS = 8;
/** Of the rest, which only come. */
const CONVERSATIONS = 2000;
/** One person may have 30 open. */
const PAGES_EACH = 25;
const MINUTE_MS = 60_000;

/**
 * The app for BENCH_SOAK_MINUTES (120) with BENCH_SOAK_RATE webhooks a second (30) and BENCH_SOAK_PAGES open pages (5): what
 * customers of a simulated Chatwoot write and are answered, and signed webhooks beside it for the rest of the rate. A sample a
 * minute, written to standard error as a line of JSON. The first third is for getting warm: the last is held against the second.
 */
export function benchSoak({ quick }: { quick: boolean }): Promise<PartResult> {
  const minutes = Number(process.env.BENCH_SOAK_MINUTES ?? (quick ? 3 : 120));
  const rate = Math.max(1, Number(process.env.BENCH_SOAK_RATE ?? 30) - THEIR_WEBHOOKS);
  const pages = Number(process.env.BENCH_SOAK_PAGES ?? 5);
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const chatwoot = await startChatwoot({ logCap: 100 });
    later(() => chatwoot.stop());
    const [agent, load, readers] = await Promise.all(
      ['agent-stub', 'webhook-load', 'open-pages'].map(startHelper),
    );
    for (const helper of [agent!, load!, readers!]) later(helper.stop);
    const env = {
      CHATWOOT_BASE_URL: chatwoot.url,
      CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
      CHATWOOT_API_TOKEN: chatwoot.apiToken,
      LOG_LEVEL: 'info',
      METRICS_ALLOW_LOOPBACK: 'true',
    };
    const agentUrl = await agent!.call<string>('url');
    const app = await startApp(server, { role: 'all', agentUrl, env, logTo: '/dev/null' });
    later(app.stop);
    const connected = await runToEnd(['app/cli/connect-chatwoot.ts'], {
      ...env,
      ...{ AGENT_SDK_URL: agentUrl, APP_URL: app.url, DATABASE_URL: server.url, DATA_DIR: server.dataDir },
    });
    if (connected.code !== 0) throw new Error(connected.output);
    const { secret } = chatwoot.registrations.hooks()[0]!;
    const cookies: string[] = [];
    for (let n = 0; n < pages / PAGES_EACH; n += 1)
      cookies.push(await signInOver(app.url, await addPerson(server.url, 'viewer', `viewer ${n}`)));
    const each = Math.ceil(pages / Math.max(1, cookies.length));
    await readers!.call('open', { url: app.url, cookies, each });
    later(() => readers!.call('close'));

    chatwoot.traffic.setPace(CUSTOMERS_PER_MINUTE);
    chatwoot.traffic.start();
    later(() => Promise.resolve(chatwoot.traffic.stop()));
    const port = Number(new URL(app.url).port);
    const samples: Sample[] = [];
    const latencies: number[] = [];
    const reads = { count: 0, failed: 0, p95: [] as number[] };
    let refused = 0;
    for (let minute = 1; minute <= minutes; minute += 1) {
      const begun = performance.now();
      const count = rate * 60;
      await load!.call('prepare', { count, secret, conversations: CONVERSATIONS });
      const result = await load!.call<LoadResult>('run', { port, connections: 8, rate });
      refused += result.other;
      latencies.push(quantile(result.latencies, 0.99));
      const read = await readers!.call<{ count: number; failed: number; ms: number[] }>('reads');
      reads.count += read.count;
      reads.failed += read.failed;
      reads.p95.push(quantile(read.ms, 0.95));
      samples.push(await takeSample(app, server, minute));
      const now = { webhookP99: latencies.at(-1), readP95: reads.p95.at(-1), refused, failed: reads.failed };
      process.stderr.write(`${JSON.stringify({ ...samples.at(-1), ...now })}\n`);
      await delay(Math.max(0, MINUTE_MS - (performance.now() - begun)));
    }
    chatwoot.traffic.stop();
    await until('nothing waits', async () => (await countDeliveries(server.pool, 'pending')) === 0, 60_000);
    const dead = await countDeliveries(server.pool, 'dead');
    const findings = [
      ...judge(samples),
      {
        ...{ part: 'soak', what: 'p99 of a webhook, median of minutes', value: median(latencies) },
        unit: 'ms' as const,
      },
      {
        part: 'soak',
        what: 'p95 of a page, median of minutes',
        value: median(reads.p95),
        unit: 'ms' as const,
      },
      none('webhooks not answered with 200', refused),
      none('reads of pages that failed', reads.failed),
      none('dead letters', dead),
    ];
    return { findings, raw: { minutes, rate, pages, reads, latencies, samples } };
  });
}

const none = (what: string, value: number): Finding => ({
  ...{ part: 'soak', what, value, unit: '', bound: { atMost: 0 } },
});

/** What the samples say: whether it stays flat, and what an event costs. */
function judge(samples: readonly Sample[]): Finding[] {
  const part = 'soak';
  const third = Math.floor(samples.length / 3);
  const second = samples.slice(third, 2 * third);
  const last = samples.slice(-third);
  const growth = (of: (sample: Sample) => number) => median(last.map(of)) / median(second.map(of));
  const [from, to] = [second[0]!, samples.at(-1)!];
  const events = to.delivered - from.delivered;
  const perEvent = (of: (sample: Sample) => number) => (of(to) - of(from)) / events;
  const rss = ({ rss }: Sample) => rss;
  const most = (of: (sample: Sample) => number) => Math.max(...samples.map(of));
  const deadShare = (sample: Sample) => Object.values(sample.tables).reduce((sum, { dead }) => sum + dead, 0);
  return [
    { part, what: 'minutes', value: samples.length, unit: '' },
    { part, what: 'events delivered', value: to.delivered, unit: '' },
    { part, what: 'memory, median of the last third', value: median(last.map(rss)), unit: 'MB' },
    {
      ...{ part, what: 'memory, last third ÷ second', value: growth(rss), unit: '×' },
      bound: { atMost: MEMORY_GROWTH },
    },
    { part, what: 'heap in use, last third ÷ second', value: growth(({ heap }) => heap), unit: '×' },
    {
      ...{
        part,
        what: 'event-loop lag, p99 of a minute, median',
        value: median(samples.map((s) => s.lagP99)),
      },
      ...{ unit: 'ms', bound: { atMost: LAG_MS } },
    },
    { part, what: 'event-loop lag, longest', value: most((s) => s.lagMost), unit: 'ms' },
    {
      ...{ part, what: 'dead rows, last third ÷ second', value: growth(deadShare), unit: '×' },
      bound: { atMost: BLOAT_GROWTH },
    },
    { part, what: 'connections, most', value: most((s) => s.connections), unit: '' },
    { part, what: 'CPU of the app, an event', value: perEvent((s) => s.cpuApp) * 1000, unit: 'µs' },
    { part, what: 'CPU of PostgreSQL, an event', value: perEvent((s) => s.cpuPostgres) * 1000, unit: 'µs' },
    { part, what: 'database, bytes an event', value: perEvent((s) => s.database), unit: '' },
    { part, what: 'log of the database, bytes an event', value: perEvent((s) => s.wal), unit: '' },
  ];
}
