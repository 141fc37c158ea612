import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Queue, Worker } from 'bullmq';
import { PgBoss } from 'pg-boss';
import { Pool } from 'undici';
import { answerCalls } from './calls.ts';

/**
 * The yardsticks of intake and delivery at once: one process that takes signed webhooks, keeps each before it answers, and POSTs
 * them on, in no order, with no attempt on record. It keeps them in BullMQ, in pg-boss, or in memory alone.
 */
export interface RelaySettings {
  keep: 'bullmq' | 'pg-boss' | 'memory';
  /** Of the queue: a Unix socket of Redis, a connection string of PostgreSQL. */
  where: string;
  agentUrl: string;
  secret: string;
  connections: number;
}

interface Job {
  body: string;
}

interface Kept {
  add(body: string): Promise<unknown>;
  close(): Promise<unknown>;
}

const NAME = 'webhooks';

const OPEN: Record<
  RelaySettings['keep'],
  (settings: RelaySettings, send: (body: string) => Promise<void>) => Promise<Kept>
> = {
  async bullmq({ where, connections }, send) {
    const connection = { path: where };
    const queue = new Queue<Job>(NAME, { connection, defaultJobOptions: { removeOnComplete: true } });
    const worker = new Worker<Job>(NAME, ({ data }) => send(data.body), {
      connection: { ...connection, maxRetriesPerRequest: null },
      concurrency: connections,
    });
    worker.on('error', (error) => process.stderr.write(`BullMQ: ${String(error)}\n`));
    await worker.waitUntilReady();
    return {
      add: (body) => queue.add(NAME, { body }),
      close: async () => {
        await worker.close();
        await queue.close();
      },
    };
  },
  async 'pg-boss'({ where }, send) {
    const boss = new PgBoss({ connectionString: where, useListenNotify: true, schedule: false, max: 20 });
    boss.on('error', (error) => process.stderr.write(`pg-boss: ${String(error)}\n`));
    await boss.start();
    await boss.createQueue(NAME, { notify: true });
    await boss.work<Job>(
      NAME,
      {
        ...{ batchSize: 50, localConcurrency: 5, burstWhenBatchFull: true },
        ...{ pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 },
      },
      async (jobs) => {
        await Promise.all(jobs.map(({ data }) => send(data.body)));
      },
    );
    return {
      add: (body) => boss.send(NAME, { body }),
      close: () => boss.stop({ graceful: true, timeout: 5000 }),
    };
  },
  memory: (_settings, send) =>
    Promise.resolve({
      add: (body) => {
        void send(body);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    }),
};

let stop: () => Promise<void> = () => Promise.resolve();

answerCalls({
  /** @returns the port that it listens on */
  async open(settings: RelaySettings) {
    const http = new Pool(settings.agentUrl, { connections: settings.connections, pipelining: 1 });
    const kept = await OPEN[settings.keep](settings, async (body) => {
      const answer = await http.request({
        method: 'POST',
        path: '/webhooks/chatwoot',
        headers: { 'content-type': 'application/json' },
        body,
      });
      await answer.body.text();
    });
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () => {
        const body = Buffer.concat(chunks);
        const finish = (status: number) => {
          response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': 2 });
          response.end('{}');
        };
        if (isSigned(settings.secret, request.headers, body))
          kept.add(body.toString()).then(
            () => finish(200),
            () => finish(503),
          );
        else finish(401);
      });
    });
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stop = async () => {
      server.close();
      await kept.close();
      await http.destroy();
    };
    return (server.address() as AddressInfo).port;
  },
  close: () => stop(),
});

function isSigned(secret: string, headers: IncomingHttpHeaders, body: Buffer): boolean {
  const expected = createHmac('sha256', secret)
    .update(`${String(headers['x-chatwoot-timestamp'])}.`)
    .update(body)
    .digest('hex');
  const given = String(headers['x-chatwoot-signature']).replace('sha256=', '');
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
