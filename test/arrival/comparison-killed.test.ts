import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { startHoldingProxy, type HoldingProxy } from '../fallback/proxy.ts';
import { runInBackground, type BackgroundProcess } from '../support/app-process.ts';
import { until } from '../support/until.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

let world: ComparisonWorld;
let proxy: HoldingProxy;
let agent: AgentService;
let workers: BackgroundProcess[];
beforeEach(async () => {
  world = await createComparisonWorld();
  proxy = await startHoldingProxy(world.chatwoot.url);
  agent = await startAgent();
  workers = [];
});
afterEach(async () => {
  for (const worker of workers) await worker.kill('SIGKILL');
  await world.close();
  await proxy.stop();
  await agent.stop();
});

function startWorker(): BackgroundProcess {
  const worker = runInBackground(['app/server/main.ts'], {
    ROLE: 'worker',
    LOG_LEVEL: 'silent',
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: proxy.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: world.chatwoot.apiToken,
    RECONCILE_SETTLE: '0s',
  });
  workers.push(worker);
  return worker;
}

test('killed while it compares, and again while it lists: another process goes on, each message is delivered once', async () => {
  const talks = [1, 2, 3, 4, 5, 6].map(() => world.begins());
  await world.settled();
  await world.losing(() => {
    for (const talk of talks) world.says(talk);
    for (const talk of talks) world.says(talk);
  });

  const path = '/api/v1/accounts/2/conversations';
  let held = proxy.hold('after', (call) => call === `GET ${path}`);
  const first = startWorker();
  await held;
  held = proxy.hold('before', (call) => call === `GET ${path}/${talks[5]!.id}`);
  await kill(first);
  const second = startWorker();
  await held;
  const { pool } = world.services.db;
  const { rows } = await pool.query('SELECT FROM reconciliation_items WHERE checked_at IS NOT NULL');
  expect(rows.length).toBeGreaterThan(0);
  await kill(second);
  startWorker();

  await until(
    'it is done',
    async () =>
      (await world.services.db.prisma.reconciliation.findFirst({ where: { state: 'done' } })) !== null,
    90_000,
  );
  await until('all is delivered', async () => (await countLedger(pool)).pending === 0, 90_000);
  expect((await world.inbox()).map(({ message }) => message).sort((a, b) => a - b)).toEqual(
    world.inChatwoot(),
  );
  // What a killed worker had sent and not noted is sent again, under the same id.
  for (const { id, messages } of talks) {
    const sent = agent.records.ofConversation(id).filter(({ event }) => event === 'message_created');
    const ids = new Map(sent.map(({ webhookId, messageId }) => [webhookId, messageId]));
    expect([...ids.values()]).toEqual(messages.map((message) => message.id));
  }
  expect(await countLedger(pool)).toMatchObject({ balanced: true, reconciled: 12 });
}, 300_000);

/** Kills a worker; to the others it is gone as if 8 s had passed. */
async function kill(worker: BackgroundProcess): Promise<void> {
  await worker.kill('SIGKILL');
  await world.services.db.pool.query(
    `UPDATE processes SET last_seen = last_seen - interval '1 minute' WHERE pid = $1`,
    [worker.pid],
  );
}
