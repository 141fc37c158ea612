import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { Pool } from 'undici';
import { bodyOf } from '../body.ts';
import { answerCalls } from './calls.ts';

/**
 * The yardstick of delivery: pg-boss alone, one job a webhook, in no order, POSTed by its worker to the same service
 * over as many connections as the app uses.
 */
interface Job {
  body: string;
}

export interface BossSettings {
  url: string;
  queue: string;
  agentUrl: string;
  connections: number;
  /** Jobs a fetch; a batch is completed by one statement when all of it was sent. */
  batchSize: number;
  /** Fetching workers; their batches share the connections, so that one sends while another fetches. */
  localConcurrency: number;
}

let boss: PgBoss | undefined;
let http: Pool | undefined;
let queue = '';

async function send(body: string): Promise<void> {
  const answer = await http!.request({
    method: 'POST',
    path: '/webhooks/chatwoot',
    headers: { 'content-type': 'application/json', 'x-forwarded-from': 'hotdash-app' },
    body,
  });
  await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`);
}

answerCalls({
  async open(settings: BossSettings) {
    const { url, agentUrl, connections, batchSize, localConcurrency } = settings;
    queue = settings.queue;
    http = new Pool(agentUrl, { connections, pipelining: 1 });
    boss = new PgBoss({ connectionString: url, useListenNotify: true, schedule: false });
    boss.on('error', (error) => process.stderr.write(`pg-boss: ${String(error)}\n`));
    await boss.start();
    await boss.createQueue(queue, { notify: true });
    await boss.work<Job>(
      queue,
      {
        batchSize,
        localConcurrency,
        burstWhenBatchFull: true,
        pollingIntervalSeconds: 0.5,
        notifyPollingIntervalSeconds: 0.5,
      },
      async (jobs) => {
        await Promise.all(jobs.map(({ data }) => send(data.body)));
      },
    );
  },
  /** Makes the jobs in one transaction: the workers see all of them at its end. */
  async insert({
    url,
    count,
    from,
    conversations,
  }: {
    url: string;
    count: number;
    from: number;
    conversations: number;
  }) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('BEGIN');
    const db = {
      executeSql: async (text: string, values?: unknown[]) =>
        client.query<Record<string, unknown>>(text, values),
    };
    const chunk = 2000;
    for (let at = 0; at < count; at += chunk) {
      const jobs = Array.from({ length: Math.min(chunk, count - at) }, (_, i) => ({
        data: { body: bodyOf(from + at + i, (at + i) % conversations) },
      }));
      await boss!.insert(queue, jobs, { db });
    }
    await client.query('COMMIT');
    await client.end();
  },
  close: async () => {
    await boss?.stop({ graceful: true, timeout: 5000 });
    await http?.destroy();
  },
});
