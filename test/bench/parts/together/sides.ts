import path from 'node:path';
import { parseConfig } from '../../../../app/lib/settings/config.ts';
import { until } from '../../../support/until.ts';
import { type AppProcess, startApp } from '../../app-process.ts';
import type { BenchServer } from '../../database.ts';
import { type HelperProcess, startHelper } from '../../helper-process.ts';
import { quantile } from '../../measures.ts';
import { countDeliveries } from '../../prepare-events.ts';
import type { StubCounts } from '../../processes/agent-stub.ts';
import type { InsertResult } from '../../processes/insert-load.ts';
import type { RelaySettings } from '../../processes/relay.ts';
import type { LoadResult } from '../../processes/webhook-load.ts';
import type { RedisServer } from '../../redis.ts';

const CONNECTIONS = 32;
/** To the Agent service, the app's own default. */
const SENDING = 50;
const SECRET = 'bench-secret';
const LONGEST_MS = 120_000;

type Kind = RelaySettings['keep'];
export type Sides = Awaited<ReturnType<typeof openSides>>;

/** Every side of the comparison, each idle while another has its turn. */
export async function openSides(
  server: BenchServer,
  redis: RedisServer | null,
  later: (undo: () => Promise<unknown>) => void,
) {
  const start = async (name: string): Promise<HelperProcess> => {
    const helper = await startHelper(name);
    later(helper.stop);
    return helper;
  };
  const stub = await start('agent-stub');
  const load = await start('webhook-load');
  const plain = await start('insert-load');
  const agentUrl = await stub.call<string>('url');
  const counterpart = await server.create('counterpart');
  await plain.call('open', { url: counterpart.url, connections: CONNECTIONS });
  later(() => plain.call('close'));

  const relays: Kind[] = ['pg-boss', 'memory', ...(redis ? (['bullmq'] as const) : [])];
  const ports = new Map<Kind, number>();
  for (const keep of relays) {
    const relay = await start('relay');
    const where = keep === 'bullmq' ? redis!.socket : counterpart.url;
    const settings: RelaySettings = { keep, where, agentUrl, secret: SECRET, connections: SENDING };
    ports.set(keep, await relay.call<number>('open', settings));
    later(() => relay.call('close'));
  }

  /** As users run it, its log included. */
  async function open(name: string, at: Pick<BenchServer, 'url' | 'pool' | 'dataDir'>, env: object) {
    const app = await startApp(at, {
      role: 'all',
      agentUrl,
      env: { CHATWOOT_WEBHOOK_SECRET: SECRET, LOG_LEVEL: 'info', ...env },
      logTo: path.join(path.dirname(server.dataDir), `${name}.log`),
    });
    later(app.stop);
    return { app, pool: at.pool, accepted: 0 };
  }
  const other = await server.create('unsettled');
  const ours = {
    app: await open('app', server, {}),
    unsettled: await open(
      'unsettled',
      { ...other, dataDir: `${server.dataDir}-unsettled` },
      { DELIVERY_SETTLE_MS: '0' },
    ),
  };
  type Ours = keyof typeof ours;

  const found = { refused: 0, lost: 0, twice: 0, outOfOrder: 0 };
  let cpu = { app: 0, postgres: 0, events: 0 };
  let latencies: number[] = [];

  async function send(port: number, n: number, rate: number | null) {
    const conversations = Math.ceil(n / 10);
    await load.call('prepare', { count: n, secret: SECRET, conversations });
    await stub.call('reset');
    return load.call<LoadResult>('run', { port, connections: CONNECTIONS, rate });
  }

  async function post(side: Ours, n: number, rate: number | null): Promise<LoadResult> {
    const result = await send(portOf(ours[side].app), n, rate);
    ours[side].accepted += result.accepted;
    found.refused += result.other;
    return result;
  }

  const recorded = (side: Ours) =>
    until(
      'all is on record',
      async () => (await countDeliveries(ours[side].pool, 'pending')) === 0,
      LONGEST_MS,
    );

  /** Waits until everything taken is delivered and on record. @returns when each message came to the Agent service */
  async function delivered(side: Ours): Promise<Map<string, number>> {
    const { pool, accepted } = ours[side];
    await recorded(side);
    const counts = await stub.call<StubCounts>('counts');
    found.twice += counts.again;
    found.outOfOrder += counts.outOfOrder;
    found.lost += Math.max(0, accepted - (await countDeliveries(pool, 'delivered')));
    return stub.call<Map<string, number>>('cameAt');
  }

  async function runOurs(side: Ours, n: number): Promise<number> {
    const { app } = ours[side];
    const before = { app: await app.cpu(), postgres: await server.cpu() };
    const result = await post(side, n, null);
    await stub.call('reached', n);
    await recorded(side);
    const endedAt = performance.timeOrigin + performance.now();
    if (side === 'app') {
      cpu.app += (await app.cpu()) - before.app;
      cpu.postgres += (await server.cpu()) - before.postgres;
      cpu.events += n;
      latencies.push(...result.latencies);
    }
    await delivered(side);
    return (n / (endedAt - result.sentAt[0]!)) * 1000;
  }

  return {
    relays,
    settleMs: defaultSettleMs(),
    post,
    delivered,
    runApp: (n: number) => server.settle().then(() => runOurs('app', n)),
    runUnsettled: (n: number) => server.settle().then(() => runOurs('unsettled', n)),
    async insert(n: number, rate: number | null) {
      await plain.call('prepare', { count: n, conversations: Math.ceil(n / 10) });
      return plain.call<InsertResult>('run', { rate });
    },
    async runPlain(n: number) {
      await server.settle();
      return (n / (await this.insert(n, null)).ms) * 1000;
    },
    /** @returns webhooks a second, until the last has reached the Agent service */
    async runRelay(kind: Kind, n: number) {
      await server.settle();
      const { sentAt } = await send(ports.get(kind)!, n, null);
      const { lastAt } = await stub.call<StubCounts>('reached', n);
      return (n / (lastAt - sentAt[0]!)) * 1000;
    },
    /** Begins to add up what the app's rounds cost. @returns what an event cost since, and how long a webhook took */
    spending() {
      cpu = { app: 0, postgres: 0, events: 0 };
      latencies = [];
      return () => ({
        app: (cpu.app / cpu.events) * 1000,
        postgres: (cpu.postgres / cpu.events) * 1000,
        latencies: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
      });
    },
    /** What went wrong in all rounds, and the memory of the app. */
    async check() {
      const { rows } = await server.pool.query<{ n: number }>(
        `SELECT count(*) AS n FROM deliveries d
         WHERE NOT EXISTS (SELECT FROM attempts a WHERE a.seq = d.seq AND a.outcome = 'ok')`,
      );
      return { ...found, unrecorded: rows[0]!.n, memory: await ours.app.app.peakMemory() };
    },
  };
}

const portOf = (app: AppProcess) => Number(new URL(app.url).port);

function defaultSettleMs(): number {
  const parsed = parseConfig({});
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return parsed.config.DELIVERY_SETTLE_MS;
}
